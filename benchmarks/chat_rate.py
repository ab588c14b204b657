"""Asks a local model about pictures, a thousand requests at a time, and says how fast that went.

Run by `make bench-chat_rate`. The server has a process and a latency of its own; every request
holds a JPEG of about 100 KB. `converse` keeps a ledger on disk and a budget meanwhile; the openai
SDK's own asynchronous client, beside it in turns, keeps nothing. Then come a rate limit, and three
SIGKILLs. The last line holds the figures.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from upath import UPath

from endpoints.account import Account
from endpoints.chat import ChatModel
from endpoints.client import Endpoint
from endpoints.converse import converse
from endpoints.dialogue import ChatAnswer, Dialogue, Message, Question
from endpoints.local_behaviour import Behaviour
from endpoints.local_process import LocalProcess
from storage.codecs import encode_jpeg

NARROW, WIDE, LATENCY = 64, 1_024, 1.0
IDEAL_REQUESTS, WIDE_REQUESTS, TURNS = 1_600, 6_144, 2
PER_SECOND, PACED_REQUESTS = 50, 3_000
KILLED_REQUESTS, KILLS = 2_000, 3
MODEL = "gpt-4.1"
_PICTURES, _SIDE, _QUALITY = 16, 318, 92
_VERDICT = {"type": "string", "enum": ["present", "absent", "unsure"]}
_SCHEMA = {
    "type": "object",
    "properties": {"verdict": _VERDICT, "rationale": {"type": "string"}},
    "required": ["verdict", "rationale"],
    "additionalProperties": False,
}


def pictures() -> list[bytes]:
    """JPEGs of about 100 KB."""
    shape = (_PICTURES, _SIDE, _SIDE, 3)
    noise = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    return [encode_jpeg(pixels, _QUALITY, "4:2:0") for pixels in noise]


def text(number: int) -> str:
    """What is asked."""
    return f"Picture {number}. " + "Is there anything odd about the edges? " * 40


def dialogues(count: int) -> Iterator[Dialogue[tuple[str, str]]]:
    """One question each; the result is its number, and what came of it."""
    seen = pictures()

    def dialogue(number: int) -> Dialogue[tuple[str, str]]:
        message = Message("user", text(number), (seen[number % _PICTURES],))
        outcome = yield Question((message,), _SCHEMA)
        return str(number), "ok" if isinstance(outcome, ChatAnswer) else outcome.reason

    return (dialogue(number) for number in range(count))


def ours(base_url: str, folder: Path, count: int, width: int) -> dict[str, str]:
    """What came of `count` questions, by their numbers."""
    account = Account(UPath(folder / "ledger"), budget=1_000.0)
    model = ChatModel(Endpoint(MODEL, base_url, api_key_env=""))
    rows = list(converse(account, model, dialogues(count), width))
    if [number for number, _ in rows] != [str(number) for number in range(count)]:
        raise SystemExit("rows are missing, twice there, or out of order")
    return dict(rows)


def bare(base_url: str, count: int, width: int) -> dict[str, str]:
    """The same by the SDK's default asynchronous client alone."""
    from openai import AsyncOpenAI, OpenAIError

    seen, outcomes = pictures(), {}

    async def all_of_them() -> None:
        client, numbers = AsyncOpenAI(base_url=base_url, api_key="none"), iter(range(count))

        async def ask(number: int) -> str:
            image = base64.b64encode(seen[number % _PICTURES]).decode()
            answer = await client.chat.completions.create(
                model=MODEL,
                messages=[
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": text(number)},
                            {
                                "type": "image_url",
                                "image_url": {"url": f"data:image/jpeg;base64,{image}"},
                            },
                        ],
                    }
                ],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "schema": _SCHEMA, "strict": True},
                },
            )
            return "ok" if answer.choices[0].message.content else "empty"

        async def work() -> None:
            for number in numbers:
                try:
                    outcomes[str(number)] = await ask(number)
                except OpenAIError as error:
                    outcomes[str(number)] = type(error).__name__

        await asyncio.gather(*(work() for _ in range(width)))
        await client.close()

    asyncio.run(all_of_them())
    return outcomes


@dataclass(frozen=True, slots=True)
class Run:
    """What a child says of its work: seconds of wall time and of CPU time, and outcomes."""

    seconds: float
    cpu: float
    outcomes: dict[str, str]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(outcome == "ok" for outcome in self.outcomes.values()) / self.seconds


def run(mode: str, base_url: str, folder: Path, count: int, width: int) -> Run:
    """One of the two clients in a child of its own."""
    out, _ = _child(mode, base_url, folder, count, width).communicate()
    told = Run(**json.loads(out))
    failed = Counter(outcome for outcome in told.outcomes.values() if outcome != "ok")
    if failed:
        print(f"{mode}: not answered: {dict(failed)}")
    return told


def under_kills(
    folder: Path, count: int, kills: int, width: int, latency: float, seed: int
) -> tuple[dict[str, str], int, int]:
    """Ask in a child that is killed in mid-work: the outcomes, all charges, and those made twice.

    The second last child is left to end; the last must find the same and pay for nothing.
    """
    moments = random.Random(seed)
    marks = sorted(moments.uniform(0.1, 0.9) * count for _ in range(kills))
    with LocalProcess(Behaviour(latency=latency)) as server:
        for mark in marks:
            child = _child("ours", server.base_url, folder, count, width)
            while server.charged.total() < mark and child.poll() is None:
                time.sleep(0.02)
            child.send_signal(signal.SIGKILL)
            child.communicate()
            if child.returncode != -signal.SIGKILL:
                raise SystemExit("a child ended by itself")
        outcomes = run("ours", server.base_url, folder, count, width).outcomes
        charged = server.charged
        again = run("ours", server.base_url, folder, count, width).outcomes
        if again != outcomes or server.charged != charged:
            raise SystemExit("a further run is not the same, or it pays again")
    return outcomes, charged.total(), sum(times > 1 for times in charged.values())


def _child(mode: str, base_url: str, folder: Path, count: int, width: int) -> subprocess.Popen[str]:
    told = [mode, base_url, str(folder), str(count), str(width)]
    module = [sys.executable, "-m", "benchmarks.chat_rate"]
    return subprocess.Popen([*module, *told], stdout=subprocess.PIPE, text=True)


def _run_child(mode: str, base_url: str, folder: str, count: int, width: int) -> None:
    import aiohttp
    import openai
    import openai.resources.chat  # noqa: F401 (its loading is no part of what is timed)

    del aiohttp
    pictures()
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    own = mode == "ours"
    outcomes = ours(base_url, Path(folder), count, width) if own else bare(base_url, count, width)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps(asdict(Run(seconds, cpu, outcomes))))


def main() -> None:
    """Measure and print."""
    slow = Behaviour(latency=LATENCY)
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as name:
        root = Path(name)
        with LocalProcess(slow) as server:
            narrow = run("ours", server.base_url, root / "narrow", IDEAL_REQUESTS, NARROW)
        of_ideal = narrow.rate * LATENCY / NARROW
        print(f"{NARROW} in flight: {narrow.rate:.1f} requests/s, {of_ideal:.1%} of the ideal")
        mine, theirs = [], []
        for turn in range(TURNS):
            with LocalProcess(slow) as server:
                folder = root / f"wide-{turn}"
                mine.append(run("ours", server.base_url, folder, WIDE_REQUESTS, WIDE))
                theirs.append(run("bare", server.base_url, folder, WIDE_REQUESTS, WIDE))
            print(
                f"{WIDE} in flight: {mine[-1].rate:.0f} requests/s against {theirs[-1].rate:.0f}; "
                f"{1e3 * mine[-1].cpu / WIDE_REQUESTS:.2f} ms of CPU a request against "
                f"{1e3 * theirs[-1].cpu / WIDE_REQUESTS:.2f}"
            )
        ratio = statistics.median(
            one.rate / other.rate for one, other in zip(mine, theirs, strict=True)
        )
        limited = Behaviour(latency=LATENCY, requests_per_minute=60 * PER_SECOND, burst=1.0)
        with LocalProcess(limited) as server:
            paced = run("ours", server.base_url, root / "paced", PACED_REQUESTS, NARROW * 2)
            statuses = server.statuses
        kept, refused = paced.rate / PER_SECOND, statuses[429] / statuses.total()
        print(f"{PER_SECOND} permitted: {paced.rate:.1f} requests/s; answers: {dict(statuses)}")
        outcomes, charged, twice = under_kills(
            root / "killed", KILLED_REQUESTS, KILLS, NARROW, LATENCY, seed=1
        )
    ended = ", ".join(f"{reason} {n}" for reason, n in Counter(outcomes.values()).most_common())
    print(
        f"chat rate: {of_ideal:.1%} of the ideal at {NARROW} in flight; {ratio:.2f} times the SDK "
        f"at {WIDE}; {kept:.1%} of {PER_SECOND} permitted requests/s, {refused:.2%} of the answers "
        f"429; {len(outcomes)} rows of {KILLED_REQUESTS} ({ended}) through {KILLS} SIGKILLs, "
        f"{charged} requests charged, {twice} of them twice"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _run_child(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        main()
