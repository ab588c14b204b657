"""Samples as a language model is to judge them: the picture, and what its mode lets it know."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from annotation.mllm.rater import RatedSample
from flows.run import Run
from flows.stages import judge, measure
from flows.stages.judging.facts import Facts, read_facts
from flows.stages.judging.shown import Shown, shown
from schemas.annotation import Region
from schemas.annotation_table import read_annotations
from schemas.vocabulary import Label, Mode
from storage.masks import encode_mask


def rated_samples(run: Run, mode: Mode, sample_ids: Sequence[str]) -> Iterator[RatedSample]:
    """These samples, in order, with what a rater of this mode may be told of them."""
    facts = read_facts(run)
    grounded = mode is Mode.GROUNDED
    evidence = _evidence(run, sample_ids) if grounded else {}
    boxes = _boxes(run, sample_ids) if grounded else {}
    for picture in shown(run, sample_ids):
        known = facts[picture.sample_id]
        yield RatedSample(
            sample_id=picture.sample_id,
            image=picture.image,
            width=picture.width,
            height=picture.height,
            domain=known.domain,
            label=known.label,
            operation=known.operation,
            region=_region(known, picture, boxes) if grounded else None,
            evidence=tuple(evidence.get(picture.sample_id, ())),
        )


def _region(known: Facts, picture: Shown, boxes: Mapping[str, Region]) -> bytes | None:
    """Where a grounded rater is pointed to: the change, or what was measured in its stead."""
    if known.label is Label.FAKE:
        return picture.observed
    box = boxes.get(picture.sample_id)
    if box is None:
        return None
    mask = np.zeros((picture.height, picture.width), np.bool_)
    rows = slice(int(box.y0 * picture.height), math.ceil(box.y1 * picture.height))
    columns = slice(int(box.x0 * picture.width), math.ceil(box.x1 * picture.width))
    mask[rows, columns] = True
    return encode_mask(mask)


def _evidence(run: Run, sample_ids: Sequence[str]) -> dict[str, list[str]]:
    """What the measured rater says of these samples, a line an attribute that it could measure."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for part in range(judge.JUDGE.count(run)):
        table = run.part(judge.NAME, part).select(judge.TABLE, "sample_id", sample_ids)
        for row in read_annotations(table):
            if row.score is not None:
                lines[row.sample_id].append(row.rationale)
    return lines


def _boxes(run: Run, sample_ids: Sequence[str]) -> dict[str, Region]:
    """Where these samples were measured, for those where that is a place."""
    boxes = {}
    for part in range(measure.MEASURE.count(run)):
        columns = ("sample_id", "region")
        table = run.part(measure.NAME, part).select(measure.TABLE, "sample_id", sample_ids, columns)
        for row in table.to_pylist():
            if row["region"] is not None:
                boxes[row["sample_id"]] = Region(**json.loads(row["region"]))
    return boxes
