"""Stage 7: calibrate the measured rater on authentic pictures, judge all, render the reasoning."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.metrics import roc_auc_score

from annotation.calibration import Calibration, calibrate
from annotation.chain_of_thought import render
from annotation.consensus import consensus
from annotation.measured_rater import evidence, judge
from flows.run import Run
from flows.stages import measure, select, sources
from flows.stages.stage import Stage, Work
from schemas.annotation import Annotation, Region
from schemas.identity import canonical_json
from schemas.manifest import RaterReport
from schemas.vocabulary import Domain, Label, Verdict
from storage.parts import Counts, Part

NAME = "judge"
TABLE = "judgements"
REPORT = "report"
SCHEMA = pa.schema(
    {
        "sample_id": pa.string(),
        "annotations": pa.string(),
        "attributes": pa.string(),
        "reasoning": pa.string(),
        "evidence": pa.float64(),
    }
)
CALIBRATING_SPLIT = "train"
_CAPTIONS = {
    Domain.NATURAL: "A photograph.",
    Domain.DEEPFAKE: "A photograph of a person.",
    Domain.DOCUMENT: "A captured page of a document.",
    Domain.AIGC: "A picture.",
}


def caption_of(domain: Domain, known: str | None) -> str:
    """The caption that is known, or what the domain alone says."""
    return known or _CAPTIONS[domain]
