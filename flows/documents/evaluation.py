"""docs/evaluation.md: the baselines, benchmarks and perturbations that `evaluate` knows."""

from __future__ import annotations

from collections.abc import Iterator

from detector.baselines.registry import BASELINES
from detector.layouts.registry import LAYOUTS
from detector.perturbations.grid import PERTURBATIONS
from flows.documents.note import NOTE


def evaluation() -> Iterator[str]:
    """The lines of the document."""
    yield f"{NOTE}\n# Evaluation\n"
    yield "`counterfoil evaluate DATASET` measures trained detectors and baselines on a published"
    yield "set, or on a benchmark in the layout that it is distributed in.\n"
    yield "## Baselines\n"
    yield "`--baseline NAME` fits one on the set's training split, or on that of `--fit-on`, and"
    yield "measures it beside the detectors.\n"
    yield "| name | what it is |\n|---|---|"
    for baseline in BASELINES.values():
        yield f"| `{baseline.usage}` | {_cell(baseline.description)} |"
    yield "\n## Benchmarks\n"
    yield "`DATASET` is the folder that a benchmark was unpacked in. Its layout tells which one it"
    yield "is; where it does not, `--benchmark NAME` does.\n"
    yield "| name | what it holds | reference |\n|---|---|---|"
    for layout in LAYOUTS.values():
        yield f"| `{layout.name}` | {_cell(layout.distribution)} | {_cell(layout.reference)} |"
    yield "\n## Perturbations\n"
    yield "`--perturbation NAME` measures under one of them as well, at each of its levels, and"
    yield "`--robustness` under all.\n"
    yield "| name | levels | a level is | whose levels |\n|---|---|---|---|"
    for one in PERTURBATIONS:
        levels = ", ".join(f"{level:g}" for level in one.levels)
        yield f"| `{one.name}` | {levels} | {one.unit} | {_cell(one.source)} |"
    yield ""


def _cell(text: str) -> str:
    """Text as it can stand in a table: angle brackets and asterisks are no mark-up there."""
    for sign in ("<", "*", "|"):
        text = text.replace(sign, f"\\{sign}")
    return text
