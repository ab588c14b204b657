"""Sends 1,000 jobs to a faulty image API, killed thrice in mid-work, and says what was paid twice.

Run by `make bench-api`. The API is the local server with 5 % refusals, 10 % rate limits and 1 %
broken answers. The jobs are then sent to a faultless one as well, in turns with a bare loop over
the openai client of the same concurrency. The last line holds the figures.
"""

from __future__ import annotations

import base64
import io
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from upath import UPath

from endpoints.account import Account
from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from generators.api_image import ApiGenerate, ApiInpaint
from schemas.identity import derive_seed
from schemas.job import Job, Rejection
from schemas.picture import Codec, Picture, Source
from schemas.vocabulary import Domain

JOBS, KILLS, TURNS, TIMED = 1_000, 3, 3, 320
WIDTH = 16
FAULTY = Behaviour(refusals=0.05, rate_limits=0.10, broken=0.01, latency=0.1, longest=192)
FAULTLESS = Behaviour(latency=0.25, longest=192)
_SIDE = 96
_EQUALS = 4
"""So many jobs ask for the same, and differ in their number alone."""


def jobs(count: int) -> tuple[list[Job], list[Job]]:
    """`count` jobs: half of them text to image, half inpainting."""
    drawn = [
        Job(f"draw-{n}", "text_to_image", n, None, prompt=_prompt(n), draw=n % _EQUALS)
        for n in range((count + 1) // 2)
    ]
    return drawn, [_inpainting(n) for n in range(count // 2)]


def _prompt(number: int) -> str:
    return f"still life number {number // _EQUALS} with a blue jug"


def _inpainting(number: int) -> Job:
    rng = np.random.default_rng(derive_seed("benchmark", number // _EQUALS))
    pixels = rng.integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
    mask = np.zeros((_SIDE, _SIDE), np.bool_)
    mask[30:60, 20:70] = True
    name = f"noise-{number // _EQUALS}"
    source = Source(
        name, name, Domain.NATURAL, name, _SIDE, _SIDE, "CC0-1.0", "", Codec("PNG", lossless=True)
    )
    return Job(
        f"fill-{number}",
        "inpaint_object",
        number,
        Picture(source, pixels),
        mask=mask,
        prompt=_prompt(number),
        draw=number % _EQUALS,
    )


def forge(base_url: str, folder: Path, count: int) -> Iterator[tuple[str, str]]:
    """(job's id, "ok" or the reason of its rejection) for every job, through the ledger."""
    options = {"base_url": base_url, "api_key_env": "", "concurrency": WIDTH}
    drawn, filled = jobs(count)
    generators = (
        (ApiGenerate(ApiGenerate.Options.model_validate(options)), drawn),
        (ApiInpaint(ApiInpaint.Options.model_validate(options)), filled),
    )
    for generator, wanted in generators:
        generator.use_account(Account(UPath(folder / "ledger"), budget=1_000.0))
        for result in generator.forge(wanted):
            yield result.job_id, result.reason if isinstance(result, Rejection) else "ok"


def bare(base_url: str, count: int) -> None:
    """The same requests by the openai client alone: no ledger, no limits, no budget."""
    from openai import OpenAI
    from PIL import Image

    from generators.api_image.upload import upload, upload_mask

    client = OpenAI(base_url=base_url, api_key="none")

    def one(job: Job) -> None:
        if job.mask is None:
            answer = client.images.generate(
                model="gpt-image-2.5-flare", prompt=job.prompt or "", size="1024x1024"
            )
        else:
            answer = client.images.edit(
                model="gpt-image-2.5-flare",
                prompt=job.prompt or "",
                size="1024x1024",
                image=("image.png", upload(job.source.pixels).png, "image/png"),
                mask=("mask.png", upload_mask(job.mask)[0], "image/png"),
            )
        encoded = (answer.data or [])[0].b64_json or ""
        np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB"))

    drawn, filled = jobs(count)
    with ThreadPoolExecutor(WIDTH) as pool:
        list(pool.map(one, drawn + filled))


@dataclass(frozen=True, slots=True)
class Ordeal:
    """What came of jobs under faults and kills. `twice`: requests charged more than once."""

    outcomes: dict[str, str]
    kills: int
    charged: int
    twice: int
    replayed: bool

    @property
    def reasons(self) -> dict[str, int]:
        """How many jobs ended how."""
        return dict(Counter(self.outcomes.values()).most_common())


def under_fire(folder: Path, behaviour: Behaviour, count: int, kills: int, seed: int) -> Ordeal:
    """Forge `count` jobs in a child that is killed `kills` times with SIGKILL, in mid-work."""
    moments = random.Random(seed)
    marks = sorted(moments.uniform(0.05, 0.9) * count for _ in range(kills))
    done = 0
    with LocalServer(behaviour) as server:
        for mark in marks:
            child = _child("forge", server.base_url, folder, count)
            while server.charged.total() < mark and child.poll() is None:
                time.sleep(0.002)
            time.sleep(moments.uniform(0.0, 0.05))
            child.send_signal(signal.SIGKILL)
            child.communicate()
            done += child.returncode == -signal.SIGKILL
        outcomes = _outcomes(_child("forge", server.base_url, folder, count))
        charged = server.charged
        again = _outcomes(_child("forge", server.base_url, folder, count))
        replayed = again == outcomes and server.charged == charged
    twice = sum(times > 1 for times in charged.values())
    return Ordeal(outcomes, done, charged.total(), twice, replayed)


def _child(mode: str, base_url: str, folder: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.api_jobs", mode, base_url, str(folder), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _outcomes(child: subprocess.Popen[str]) -> dict[str, str]:
    out, _ = child.communicate()
    if child.returncode:
        raise SystemExit("the child failed")
    outcomes: dict[str, str] = json.loads(out)["outcomes"]
    return outcomes


def _rate(mode: str, base_url: str, folder: Path) -> float:
    out, _ = _child(mode, base_url, folder, TIMED).communicate()
    seconds: float = json.loads(out)["seconds"]
    return TIMED / seconds


def _run_child(mode: str, base_url: str, folder: str, count: int) -> None:
    began = time.monotonic()
    outcomes = dict(forge(base_url, Path(folder), count)) if mode == "forge" else {}
    if mode == "bare":
        bare(base_url, count)
    print(json.dumps({"seconds": time.monotonic() - began, "outcomes": outcomes}))


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as folder:
        root = Path(folder)
        ordeal = under_fire(root / "ordeal", FAULTY, JOBS, KILLS, seed=1)
        ours, others = [], []
        for turn in range(TURNS):
            with LocalServer(FAULTLESS) as server:
                ours.append(_rate("forge", server.base_url, root / f"turn-{turn}"))
                others.append(_rate("bare", server.base_url, root))
        mine, bared = statistics.median(ours), statistics.median(others)
    print("rates, requests/s:", *(f"{a:.1f} to {b:.1f}" for a, b in zip(ours, others, strict=True)))
    ended = ", ".join(f"{reason} {number}" for reason, number in ordeal.reasons.items())
    print(
        f"api jobs: {len(ordeal.outcomes)} of {JOBS} ended ({ended}) through {ordeal.kills} "
        f"SIGKILLs; {ordeal.charged} requests charged, {ordeal.twice} of them twice; a further run "
        f"is the same and charges nothing: {ordeal.replayed}; {mine:.1f} requests/s against "
        f"{bared:.1f} of a bare openai loop, ratio {mine / bared:.2f}"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _run_child(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
