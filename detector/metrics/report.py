"""The outcome of an evaluation as one value, with its JSON and its Markdown."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from detector.metrics.attributes import AttributeReport
from detector.metrics.calibration import Calibration
from detector.metrics.detection import Detection, PaperDetection
from detector.metrics.masks import MaskReport
from detector.metrics.means import Mean
from detector.metrics.reasoning import Reasoning
from detector.metrics.report_tables import (
    Named,
    Robust,
    attribute_table,
    calibration_table,
    detection_table,
    mask_table,
    mean_table,
    named_list,
    reasoning_table,
    robustness_table,
    slice_table,
)
from detector.metrics.slices import Intervals, Slice
from schemas.identity import canonical_json


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One detector on one set. What was not measured is None or empty.

    `detector`, `dataset` and `split` are names. `paper` and `paper_reasoning` hold the figures of
    MMFR's published code beside the corrected ones. `means`: what each picture has by itself
    (scores of its mask, of its text), over all and by slice. `unreadable`: pictures that could not
    be had and are in no figure; `failed`: pictures without a verdict, which count as wrong;
    `masks_missing`: pictures whose true mask could not be had. `notes`: what readers must know.
    """

    detector: str
    dataset: str
    seed: int
    detection: Detection
    intervals: Intervals
    calibration: Calibration | None = None
    reasoning: Reasoning | None = None
    attributes: AttributeReport | None = None
    masks: MaskReport | None = None
    slices: tuple[Slice, ...] = ()
    robustness: tuple[Robust, ...] = ()
    paper: PaperDetection | None = None
    paper_reasoning: Reasoning | None = None
    split: str = ""
    means: tuple[Mean, ...] = ()
    notes: tuple[str, ...] = ()
    unreadable: tuple[Named, ...] = ()
    failed: tuple[Named, ...] = ()
    masks_missing: tuple[Named, ...] = ()

    def to_json(self) -> str:
        """The whole value on one line, keys sorted; equal evaluations give equal text."""
        return canonical_json(asdict(self))

    def to_markdown(self) -> str:
        """Tables for people. Accuracies are in percent, with their 95 % intervals in brackets."""
        where = f"{self.dataset}, {self.split}" if self.split else self.dataset
        parts = [f"# {self.detector} on {where}", *self.notes]
        parts += [
            *named_list("could not be had and are in no figure", self.unreadable),
            *named_list("got no verdict and count as wrong", self.failed),
            *named_list("have no true mask that could be read", self.masks_missing),
        ]
        parts += ["## Detection", detection_table(self.detection, self.intervals, self.paper)]
        if self.slices:
            parts += ["## Detection by slice", slice_table(self.slices)]
        if self.calibration is not None:
            parts += ["## Calibration", calibration_table(self.calibration)]
        if self.reasoning is not None or self.paper_reasoning is not None:
            parts += ["## Reasoning", reasoning_table((self.reasoning, self.paper_reasoning))]
        if self.attributes is not None:
            parts += ["## Attributes", attribute_table(self.attributes)]
        if self.masks is not None:
            parts += ["## Masks", mask_table(self.masks)]
        if self.means:
            parts += ["## Masks and texts by slice", mean_table(self.means)]
        if self.robustness:
            parts += ["## Robustness", robustness_table(self.robustness)]
        return "\n\n".join(parts) + "\n"
