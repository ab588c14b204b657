"""Lets two raters judge 1,000 pictures at a bad endpoint, is killed in the middle, and goes on.

Run by `make bench-rating`. The endpoint, on this machine, limits the rate, refuses, declines,
breaks off, and answers with malformed JSON, wrong words and Python; the raters pretend to look.
Every picture must end with six rows or a reason from each rater, and no request be paid twice.
The last line holds the figures.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from upath import UPath

from annotation.mllm.pretending import Pretender
from annotation.mllm.rater import Rated, RatedSample, rate
from endpoints.account import Account
from endpoints.asked import chat_model
from endpoints.converse import converse
from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from schemas.recipe.raters import MllmRater
from schemas.vocabulary import Domain, Label, Mode
from storage.masks import encode_mask

PICTURES, SIDE, WIDTH = 1_000, 256, 64
KILLED_AT = 0.4
data: Any = import_module("skimage.data")
BEHAVIOUR = Behaviour(
    refusals=0.03,
    declines=0.02,
    malformed=0.05,
    wrong_enums=0.02,
    expressions=0.02,
    broken=0.01,
    rate_limits=0.1,
    unavailable=0.02,
    latency=0.2,
    requests_per_minute=12_000,
)


def raters(base_url: str) -> tuple[MllmRater, MllmRater]:
    """One that sees the picture alone and follows schemas, one that is told all and knows none."""
    looker = MllmRater(
        kind="mllm",
        name="looker",
        family="one",
        model="looker-1",
        base_url=base_url,
        api_key_env="",
        dollars_per_million=(1.0, 4.0),
        captions=True,
    )
    told = {"name": "knower", "family": "two", "model": "knower-2", "answers": "text"}
    return looker, looker.model_copy(update=told | {"mode": Mode.GROUNDED, "captions": False})


def samples() -> Iterator[RatedSample]:
    """Crops of packaged photographs, half of them called forged within a square."""
    photographs = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket()]
    square = np.zeros((SIDE, SIDE), np.bool_)
    square[80:160, 60:150] = True
    region = encode_mask(square)
    for number in range(PICTURES):
        rng = np.random.default_rng(number)
        photograph = photographs[number % len(photographs)]
        top, left = (int(rng.integers(n - SIDE + 1)) for n in photograph.shape[:2])
        buffer = io.BytesIO()
        crop = Image.fromarray(photograph[top : top + SIDE, left : left + SIDE])
        crop.save(buffer, "JPEG", quality=90)
        forged = number % 2 == 1
        yield RatedSample(
            sample_id=f"picture-{number:04d}",
            image=buffer.getvalue(),
            width=SIDE,
            height=SIDE,
            domain=Domain.NATURAL,
            label=Label.FAKE if forged else Label.REAL,
            operation="splice" if forged else None,
            region=region,
            evidence=("Noise is weaker inside.",),
        )


def judge_all(base_url: str, folder: Path) -> None:
    """What the child does: both raters, one after the other, and what came of each picture."""
    account = Account(UPath(folder / "ledger"), budget=1_000.0)
    outcomes = []
    for rater in raters(base_url):
        dialogues = (rate(rater, ("light", "anatomy"), sample) for sample in samples())
        for found in converse(account, chat_model(rater, rater.most_tokens), dialogues, WIDTH):
            rated = isinstance(found, Rated)
            ids = [row.annotation_id for row in found.rows] if isinstance(found, Rated) else []
            reason = "rated" if rated else getattr(found, "reason", "")
            outcomes.append((found.rater, found.sample_id, reason, ids))
    (folder / "outcomes.json").write_text(json.dumps(outcomes))


def main() -> None:
    """Measure, check, print."""
    with (
        tempfile.TemporaryDirectory() as temporary,
        LocalServer(BEHAVIOUR, chat=Pretender(errors=0.05)) as server,
    ):
        folder = Path(temporary)
        began = time.monotonic()
        child = _child(server.base_url, folder)
        while server.charged.total() < KILLED_AT * 2 * PICTURES and child.poll() is None:
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
        child.wait()
        killed_at = server.charged.total()
        if _child(server.base_url, folder).wait() != 0:
            raise SystemExit("the second run failed")
        seconds = time.monotonic() - began
        outcomes = json.loads((folder / "outcomes.json").read_text())
        charged, statuses = server.charged, server.statuses
    by_rater = {name: Counter(r for rater, _, r, _ in outcomes if rater == name)
                for name in ("looker", "knower")}  # fmt: skip
    rows = [name for *_, ids in outcomes for name in ids]
    for name, counts in by_rater.items():
        print(f"{name}: {', '.join(f'{n} {reason}' for reason, n in counts.most_common())}")
    print(f"answers by status: {dict(sorted(statuses.items()))}")
    if len({(rater, sample) for rater, sample, *_ in outcomes}) != 2 * PICTURES:
        raise SystemExit("a picture has no outcome, or two")
    if len(rows) != len(set(rows)) or len(rows) != 6 * sum(c["rated"] for c in by_rater.values()):
        raise SystemExit("rows are doubled or lost")
    twice = sum(times > 1 for times in charged.values())
    print(
        f"{PICTURES} pictures, 2 raters, killed after {killed_at} paid requests: "
        f"{len(outcomes)} outcomes, {len(rows)} rows, 0 doubled, {twice} of {len(charged)} "
        f"requests paid twice, {seconds:.0f} s"
    )
    if twice:
        raise SystemExit(1)


def _child(base_url: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "benchmarks.rating", base_url, str(folder)])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        judge_all(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
