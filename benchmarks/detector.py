"""Trains the small detector on a set of forgeries, beside what it should beat.

Run by `make bench-detector PHOTOS=folder`, which builds recipes/study.yaml with the photographs in
the folder first; `python -m benchmarks.detector --set RUN` takes a set that is there. Baselines are
fitted on the same training split, all are asked about the same held-out groups. The table goes to
README.md, as it is; the last line holds the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.figures import Figure, report
from benchmarks.readme import write
from detector.evaluation.comparison import difference
from detector.evaluation.reporting import predictions_of
from detector.metrics.predictions import Predictions
from storage.published import open_published

BUILD = "recipes/study.yaml"
TRAINING = Path("recipes/train/tiny_heads.yaml")
NAME = "tiny_heads"
SIDE = "side_information"
BASELINES = (SIDE, "residuals", "npr=small")
LEAST = 3000
"""Pictures of a set on which figures are worth a line."""


def run(*arguments: str) -> float:
    """Run a command of ours; the seconds it took."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "flows.cli", *arguments], check=True)
    return time.monotonic() - began


def measured(place: str, folder: Path) -> tuple[str, tuple[Figure, ...]]:
    """The table, and the figures, of the set at `place`; whatever is made goes into `folder`."""
    trained, asked = folder / NAME, folder / "evaluation"
    seconds = run("train", str(TRAINING), "--data", place, "--out", str(trained))
    baselines = [argument for name in BASELINES for argument in ("--baseline", name)]
    run("evaluate", place, "--detector", str(trained), *baselines, "--out", str(asked))
    reports = {path.parent.name: _report(path) for path in asked.glob("*/report.json")}
    own, side = (_said(asked / name) for name in (NAME, SIDE))
    pictures = sum(shard.rows for shard in open_published(place).shards())
    return _page(reports, pictures, seconds), _figures(reports[NAME], own, side, pictures)


def _report(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def _said(folder: Path) -> Predictions:
    table = pq.ParquetFile(folder / "predictions.parquet").read()
    return predictions_of(table)


def _figures(
    own: dict[str, Any], said: Predictions, side: Predictions, pictures: int
) -> tuple[Figure, ...]:
    ahead = difference(said, side, SIDE, seed=0)
    chance, lead = own["intervals"]["auc"], ahead.auc_interval
    assert lead is not None
    assert ahead.auc is not None
    return (
        Figure("pictures", f"at least {LEAST:,}", f"{pictures:,}", pictures >= LEAST),
        Figure(
            "AUC on held-out groups",
            "above chance, the interval too",
            f"{own['detection']['auc']:.3f} [{chance['low']:.3f}, {chance['high']:.3f}]",
            chance["low"] > 0.5,
        ),
        Figure(
            "its lead over side information, paired by groups",
            "above 0, the interval too",
            f"{ahead.auc:.3f} [{lead.low:.3f}, {lead.high:.3f}]",
            lead.low > 0,
        ),
    )


def _page(reports: dict[str, dict[str, Any]], pictures: int, seconds: float) -> str:
    own = reports[NAME]
    lines = [
        f"| of {own['detection']['pictures']} held-out pictures | balanced accuracy, % | AUC |",
        "|---|---:|---:|",
    ]
    ranked = sorted(reports.values(), key=lambda one: -one["detection"]["auc"])
    for one in ranked:
        name = "**the small detector**" if one is own else one["detector"].replace("_", " ")
        lines.append(f"| {name} | {_percent(one)} | {_auc(one)} |")
    lines += [
        "",
        "By operation, its AUC against the authentic pictures of the same domains: "
        + ", ".join(
            f"{one['value'].replace('_', ' ')} {one['detection']['auc']:.2f}"
            for one in sorted(own["slices"], key=lambda one: -(one["detection"]["auc"] or 0))
            if one["field"] == "operation"
        )
        + ".",
        "",
        f"Its masks, mean F1: {_masks(own)}.",
        "",
        f"{pictures:,} pictures; trained in {seconds / 60:.0f} min on {os.cpu_count()} cores, "
        f"Python {platform.python_version()}.",
    ]
    return "\n".join(lines)


def _percent(one: dict[str, Any]) -> str:
    spread = one["intervals"]["balanced_accuracy"]
    value = one["detection"]["balanced_accuracy"]
    return f"{100 * value:.1f} [{100 * spread['low']:.1f}, {100 * spread['high']:.1f}]"


def _auc(one: dict[str, Any]) -> str:
    spread = one["intervals"]["auc"]
    return f"{one['detection']['auc']:.3f} [{spread['low']:.3f}, {spread['high']:.3f}]"


def _masks(one: dict[str, Any]) -> str:
    """The mean F1 of all masks with its interval, then of each operation's."""
    means = [mean for mean in one["means"] if mean["measure"] == "mask F1"]
    (every,) = (mean for mean in means if not mean["field"])
    by_operation = [mean for mean in means if mean["field"] == "operation"]
    spread = every["interval"]
    return ", ".join(
        [
            f"{every['mean']:.2f} [{spread['low']:.2f}, {spread['high']:.2f}] "
            f"of {every['pictures']}",
            *(
                f"{mean['value'].replace('_', ' ')} {mean['mean']:.2f}"
                for mean in sorted(by_operation, key=lambda mean: -mean["mean"])
            ),
        ]
    )


def main() -> None:
    """Build where nothing is given, measure, write the table and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", help="a run folder, in place of a build")
    parser.add_argument("--out", type=Path, help="keep what is made in this folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as temporary:
        folder, place = asked.out or Path(temporary), asked.set
        if place is None:
            photos = os.environ.get("PHOTOS")
            if not photos:
                parser.error("say PHOTOS=folder, of two hundred photographs or more, or --set RUN")
            place = str(folder / "run")
            run("build", BUILD, "--photos", photos, "--out", place)
        page, figures = measured(place, folder)
    print(page)
    write("detector", page)
    print(report("detector", figures))


if __name__ == "__main__":
    main()
