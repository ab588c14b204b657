"""Builds the quickstart set twice and once more under fire, and says what it took.

Run by `make bench-flows`. The third build is killed ten times with SIGKILL at random moments. The
last line holds the figures: seconds, identical sets, the audit's AUC, the rater's false alarms.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from storage.published import PublishedSet, open_published

RECIPE = "recipes/quickstart.yaml"
KILLS = 10
COMMAND = [sys.executable, "-m", "flows.cli", "build", RECIPE, "--out"]


def build(folder: Path) -> float:
    """Build into `folder`; the seconds it took."""
    began = time.monotonic()
    subprocess.run([*COMMAND, str(folder)], check=True)
    return time.monotonic() - began


def build_under_fire(folder: Path, seconds: float, seed: int) -> int:
    """Build into `folder`, killed `KILLS` times within about `seconds`; how often it was killed."""
    moments = random.Random(seed)
    kills = 0
    while True:
        process = subprocess.Popen([*COMMAND, str(folder)], start_new_session=True)
        try:
            # Short lives, of which each gets a little further, so that every stage meets a kill.
            limit = moments.uniform(0.15, 0.35) * seconds if kills < KILLS else None
            if process.wait(limit) != 0:
                raise SystemExit("the build failed")
            return kills
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1


def shards(published: PublishedSet) -> dict[str, str]:
    """The hash of every shard, by path."""
    return {shard.path: shard.sha256 for shard in published.manifest.shards}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as folder:
        root = Path(folder)
        seconds = build(root / "one")
        build(root / "two")
        one, two = open_published(root / "one"), open_published(root / "two")
        kills = build_under_fire(root / "three", seconds, seed=1)
        three = open_published(root / "three")
        manifest = one.manifest
        table = one.table(("sample_id", "label"))
        worst = max(manifest.rater.authentic_present.values()) if manifest.rater else float("nan")
        print(
            f"quickstart: {table.num_rows} pictures in {seconds:.0f} s; "
            f"second build identical: {shards(one) == shards(two)}; "
            f"killed {kills} times, identical: {shards(one) == shards(three)}; "
            f"audit AUC {manifest.audit.auc:.3f}; "
            f"worst attribute present on {worst:.1%} of held-out authentic pictures"
        )


if __name__ == "__main__":
    main()
