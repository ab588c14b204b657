"""Writes what an evaluation leaves behind: answers, reports, figures."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from upath import UPath

from detector.evaluation.answers_table import PUBLISHED
from detector.evaluation.charts import reliability_chart, separation_chart, slice_chart
from detector.evaluation.pictures import TestPictures
from detector.evaluation.reporting import predictions_of
from detector.evaluation.robustness_chart import robustness_chart
from detector.evaluation.sheets import mistake_sheet, overlay_sheet
from detector.metrics.report import Evaluation
from storage.files import explained, write_bytes, writing

PREDICTIONS, REPORT, PAGE, FIGURES = (
    "predictions.parquet",
    "report.json",
    "report.md",
    "figures",
)
_TITLES = {
    "separation": "How its scores separate fakes from reals",
    "reliability": "Whether its probabilities mean what they say",
    "slices": "Accuracy by slice",
    "robustness": "Under perturbations",
    "mistakes": "The mistakes it is surest of",
    "overlays": "What was forged, and where it looks",
}


def write_evaluation(
    folder: UPath, evaluation: Evaluation, table: pa.Table, pictures: TestPictures
) -> None:
    """Write predictions.parquet, report.json, report.md and figures/*.png into `folder`.

    `table`: the answers, of `answers_table.KEPT`, that `evaluation` is of. Figures of an earlier
    evaluation that this one has not are removed.
    """
    with writing(folder / PREDICTIONS) as file:
        pq.write_table(table.select(PUBLISHED.names).cast(PUBLISHED), file)
    drawn = _figures(evaluation, table, pictures)
    for name in _TITLES:
        place = folder / FIGURES / f"{name}.png"
        if name in drawn:
            write_bytes(place, drawn[name])
        elif place.exists():
            with explained(f"removing {place}"):
                place.unlink()
    shown = [f"### {_TITLES[name]}\n\n![{name}]({FIGURES}/{name}.png)" for name in drawn]
    page = "\n\n".join([evaluation.to_markdown().rstrip(), "## Figures", *shown])
    write_bytes(folder / PAGE, (page + "\n").encode())
    write_bytes(folder / REPORT, (evaluation.to_json() + "\n").encode())


def _figures(evaluation: Evaluation, table: pa.Table, pictures: TestPictures) -> dict[str, bytes]:
    """The figures that there is something to draw for, by name."""
    said = predictions_of(table.filter(pc.equal(table["perturbation"], "")))
    drawn: dict[str, bytes | None] = dict.fromkeys(_TITLES)
    if evaluation.detection.auc is not None:
        drawn["separation"] = separation_chart(said, evaluation.detection)
    if evaluation.calibration is not None:
        drawn["reliability"] = reliability_chart(evaluation.calibration)
    if evaluation.slices:
        drawn["slices"] = slice_chart(evaluation.slices)
    if evaluation.robustness:
        drawn["robustness"] = robustness_chart(
            evaluation.detection, evaluation.masks, evaluation.robustness
        )
    drawn["mistakes"] = mistake_sheet(table, pictures)
    drawn["overlays"] = overlay_sheet(table, pictures)
    return {name: data for name, data in drawn.items() if data is not None}
