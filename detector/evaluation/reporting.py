"""Makes the report of an evaluation out of the table of its answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detector.metrics.answers import POLES, findings, read, read_paper
from detector.metrics.attributes import AttributeReport, attribute_scores, named_by
from detector.metrics.calibration import calibration
from detector.metrics.detection import detection, paper_detection
from detector.metrics.masks import THRESHOLDS, MaskReport, MaskScore, summarise
from detector.metrics.means import means
from detector.metrics.predictions import Predictions
from detector.metrics.reasoning import Described, paper_similarities, similarities
from detector.metrics.report import Evaluation
from detector.metrics.report_tables import Named, Robust
from detector.metrics.similarity import TextEncoder
from detector.metrics.slices import FIELDS, intervals, slices
from detector.perturbations.grid import PERTURBATIONS

_NO_ENCODER = (
    "CSS is left out: it needs a text encoder. Name a CLIP checkpoint with --text-encoder; the "
    "published code's is openai/clip-vit-large-patch14-336."
)
# Field and Welsh (2007): with few clusters, or one that outweighs the others, percentile intervals
# cover less than they promise.
_FEW_GROUPS, _LARGE_GROUP = 20, 0.2
_TRUTH = (
    "Masks are held against the applied mask, the region that the generator was given or "
    "composited with, as detectors are taught; wholly synthetic pictures have none to find."
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on: names for the report's head, and which pictures could not be had."""

    dataset: str
    split: str
    unreadable: Mapping[str, str]
    paper: bool = False
    seed: int = 0


def evaluation_of(
    detector: str, table: pa.Table, measured: Measured, encoder: TextEncoder | None = None
) -> Evaluation:
    """All figures of one detector's answers, a table of `answers_table.KEPT`.

    `measured.paper` adds those of MMFR's published code. Without an `encoder` there is no CSS.
    """
    plain = table.filter(pc.equal(table["perturbation"], ""))
    said = predictions_of(plain)
    columns = {name: plain[name].to_pylist() for name in FIELDS}
    measures, masks = _masks(plain)
    notes = [_independence(said), *([_TRUTH] if masks is not None else [])]
    fields = [name for name in FIELDS if any(columns[name])]
    reasoning = published = None
    places, described = _described(plain)
    if described:
        scores = similarities(described, encoder)
        reasoning = scores.means("corrected")
        if measured.paper:
            published = paper_similarities(described, encoder).means("as the paper's code")
        texts = (("BLEU-1", scores.bleu_1), ("ROUGE-L", scores.rouge_l), ("CSS", scores.css))
        for name, values in texts:
            if values is not None:
                measures[name] = np.full(len(said.fake), np.nan)
                measures[name][places] = values
        notes += [_NO_ENCODER] if encoder is None else []
    return Evaluation(
        detector=detector,
        dataset=measured.dataset,
        seed=measured.seed,
        detection=detection(said),
        intervals=intervals(said, measured.seed),
        calibration=None if np.isnan(said.probability).all() else calibration(said),
        reasoning=reasoning,
        attributes=_attributes(plain),
        masks=masks,
        slices=slices(said, columns, measured.seed, fields),
        robustness=tuple(_robustness(table)),
        paper=paper_detection(_paper_predictions(plain, said)) if measured.paper else None,
        paper_reasoning=published,
        split=measured.split,
        means=means(measures, said.fake, columns, said.group, measured.seed, fields),
        notes=tuple(notes),
        unreadable=_named(measured.unreadable),
        failed=_named(_problems(plain, "problem")),
        masks_missing=_named(_problems(plain, "mask_problem")),
    )


def predictions_of(table: pa.Table) -> Predictions:
    """The answers of one condition as metrics take them."""
    return Predictions.collect(
        [label == 1 for label in table["label"].to_pylist()],
        table["answer"].to_pylist(),
        table["probability"].to_pylist(),
        table["group_id"].to_pylist(),
    )


def _independence(said: Predictions) -> str:
    """On how much the intervals rest."""
    sizes = np.unique(said.group, return_counts=True)[1]
    largest = sizes.max() / sizes.sum()
    note = (
        f"Intervals are of 95 % and draw whole groups of pictures that share a source: "
        f"{sizes.size:,} groups, the largest with {largest:.0%} of the pictures."
    )
    if sizes.size < _FEW_GROUPS or largest > _LARGE_GROUP:
        return f"{note} That is little to draw from: they are rough, and rather too narrow."
    return note


def _paper_predictions(plain: pa.Table, said: Predictions) -> Predictions:
    """The answers as MMFR's code reads them: tags closed, and the conclusion to the letter."""
    texts = plain["text"].to_pylist()
    strict = [
        answer if text is None else read_paper(text).verdict
        for answer, text in zip(said.answer.tolist(), texts, strict=True)
    ]
    return replace(said, answer=np.array(strict, np.int8))


def _described(plain: pa.Table) -> tuple[list[int], list[Described]]:
    """Places of the pictures that something was written of, and what is true of these.

    Empty where the set has no reasoning to compare with.
    """
    places, found = [], []
    for place, row in enumerate(_rows(plain, "text", "true_reasoning", "true_findings")):
        if row["text"] is None:
            continue
        reference = read(row["true_reasoning"] or "").reasoning
        said = json.loads(row["true_findings"]) if reference is None else findings(reference)
        places.append(place)
        found.append(Described(row["text"], said, reference))
    if not any(one.reference or any(one.findings.values()) for one in found):
        return [], []
    return places, found


def _attributes(plain: pa.Table) -> AttributeReport | None:
    rows = [row for row in _rows(plain, "text", "true_attributes") if row["text"] is not None]
    truth = [json.loads(row["true_attributes"]) for row in rows]
    if not any(value is not None for one in truth for value in one.values()):
        return None
    return attribute_scores(truth, [named_by(row["text"]) for row in rows], POLES)


def _masks(table: pa.Table) -> tuple[dict[str, npt.NDArray[np.float64]], MaskReport | None]:
    """Each picture's F1, IoU and AUC (n,), and their report; nothing where no mask was answered."""
    if table["flagged"].null_count == len(table):
        return {}, None
    names = ("mask_f1", "mask_iou", "mask_auc", "mask_best_f1", "mask_best_iou")
    rows = _rows(table, *names, "flagged", "mask_area", "mask_curve", "mask_problem")
    scores = [_score(row) for row in rows]
    columns = {
        "mask F1": [None if one is None else one.f1 for one in scores],
        "mask IoU": [None if one is None else one.iou for one in scores],
        "mask AUC": [None if one is None else one.auc for one in scores],
    }
    silent = pc.and_(pc.is_null(table["flagged"]), pc.greater(table["mask_area"], 0))
    missing = pc.sum(pc.and_(silent, pc.is_null(table["mask_problem"]))).as_py()
    known = [one for one in scores if one is not None]
    return (
        {name: np.array(values, np.float64) for name, values in columns.items()},
        summarise(known, missing or 0),
    )


def _score(row: dict[str, Any]) -> MaskScore | None:
    """A picture's score; no answer is taken for "nothing is forged". None without a truth."""
    if row["mask_area"] is None or row["mask_problem"] is not None:
        return None
    flagged = row["flagged"] or 0.0
    if row["mask_area"] == 0:
        return MaskScore(None, None, None, None, None, flagged, ())
    if row["flagged"] is None:
        auc = 0.5 if row["mask_area"] < 1 else None
        return MaskScore(0.0, 0.0, 0.0, 0.0, auc, 0.0, (0.0,) * len(THRESHOLDS))
    return MaskScore(
        row["mask_f1"],
        row["mask_iou"],
        row["mask_best_f1"],
        row["mask_best_iou"],
        row["mask_auc"],
        flagged,
        tuple(row["mask_curve"]),
    )


def _robustness(table: pa.Table) -> Iterator[Robust]:
    for one in PERTURBATIONS:
        named = table.filter(pc.equal(table["perturbation"], one.name))
        for level in one.levels if len(named) else ():
            here = named.filter(pc.equal(named["level"], float(level)))
            yield Robust(one.name, level, detection(predictions_of(here)), _masks(here)[1])


def _problems(plain: pa.Table, column: str) -> dict[str, str]:
    return {
        row["sample_id"]: row[column]
        for row in _rows(plain, "sample_id", column)
        if row[column] is not None
    }


def _named(reasons: Mapping[str, str]) -> tuple[Named, ...]:
    return tuple(Named(key, reasons[key]) for key in sorted(reasons))


def _rows(table: pa.Table, *columns: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.select(columns).to_pylist()
    return found
