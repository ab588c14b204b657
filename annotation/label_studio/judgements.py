"""What a person submitted at the labelling page, as rows of annotation.

Whatever comes back is data from outside: what does not fit is left out and said, never raised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotation.label_studio.brush import decode_brush
from annotation.label_studio.controls import (
    CONFIDENCE_CONTROL,
    CONFIDENCES,
    OTHER_REGION,
    REGION_REASON,
    REGIONS,
    WHOLE_CONTROL,
    WHOLE_VERDICTS,
    cues_control,
    rationale_control,
)
from annotation.label_studio.errors import ReviewError
from annotation.label_studio.ledger import Pushed
from annotation.label_studio.project_key import Kind, ProjectKey
from annotation.label_studio.review_server import Json
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES, WHOLE
from schemas.cues import CUES
from schemas.identity import derive_id, digest
from schemas.picture import Mask
from schemas.region_words import bounding_region, place
from schemas.vocabulary import Mode, RaterKind, Verdict
from storage.masks import encode_mask

_VERDICTS = {verdict.value: verdict for verdict in Verdict}


@dataclass(frozen=True, slots=True)
class Judgement:
    """One submission as rows: the whole first, then the attributes. `problems`: left out, why."""

    rows: tuple[Annotation, ...]
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Region:
    mask: Mask | None = None
    label: str = OTHER_REGION
    reason: str = ""


def judgement(
    annotation: Json, sample: Pushed, person: str, key: ProjectKey, *, preannotated: bool
) -> Judgement:
    """The rows of one annotation as Label Studio exports it.

    A row's rater is the person's e-mail address; its version names the annotation and when it was
    last changed, so that a changed one gives new rows; its prompt version names the page. Reasons
    given for regions stand behind the attribute's rationale, each with its place. A mask is the
    union of the attribute's brush regions, or for the whole of those of no attribute.
    """
    problems: list[str] = []
    given = _by_control(annotation.get("result"), problems)
    regions = _regions(given, sample, problems)
    blank = Annotation(
        annotation_id="",
        sample_id=sample.sample_id,
        rater=person,
        rater_kind=RaterKind.HUMAN,
        rater_version=_version(annotation),
        mode=mode_of(key, preannotated=preannotated),
        attribute=WHOLE,
        verdict=Verdict.UNSURE,
        rationale="",
        prompt_version=key.version,
        seconds=seconds_of(annotation),
    )
    rows: list[Annotation] = []
    for attribute in (WHOLE, *(one.id for one in ATTRIBUTES)):
        whole = attribute == WHOLE
        control = WHOLE_CONTROL if whole else attribute
        words = _choices(given, control)
        verdict = (WHOLE_VERDICTS if whole else _VERDICTS).get(words[0]) if words else None
        label = OTHER_REGION if whole else attribute
        painted = [region for region in regions if region.label == label]
        if verdict is None:
            if words or painted:
                problems.append(f"nothing is said of {attribute}, though something is given for it")
            continue
        mask = _union(painted)
        texts = _texts(given, rationale_control(attribute))
        row = replace(
            blank,
            annotation_id=derive_id(
                "annotation", sample.sample_id, person, blank.rater_version, attribute, key.version
            ),
            attribute=attribute,
            verdict=verdict,
            rationale=" ".join([*texts, *_reasons(painted)]),
            confidence=_confidence(given) if whole else None,
            cues=() if whole else _cues(given, attribute),
        )
        if mask is not None:
            row = replace(row, region=bounding_region(mask), mask=encode_mask(mask))
        rows.append(row)
    return Judgement(tuple(rows), tuple(problems))


def mode_of(key: ProjectKey, *, preannotated: bool) -> Mode:
    """What a person knew.

    Blind where the task opened empty. A pre-annotated task of a project that shows observed masks
    is grounded, and that for real pictures as well: that no mask is shown tells as much. Without
    masks it is informed, as is an adjudication, where all raters' words are read.
    """
    if key.kind is Kind.ADJUDICATION:
        return Mode.INFORMED
    if not preannotated:
        return Mode.BLIND
    return Mode.GROUNDED if key.masks else Mode.INFORMED


def seconds_of(annotation: Json) -> float | None:
    """How long the person had the task open, in seconds; None where that was not measured."""
    value = annotation.get("lead_time")
    return float(value) if isinstance(value, (int, float)) and value >= 0 else None


def _version(annotation: Json) -> str:
    name = str(annotation.get("unique_id") or annotation.get("id"))
    return f"{annotation.get('id')}.{digest(name, str(annotation.get('updated_at')))[:10]}"


def _by_control(result: Any, problems: list[str]) -> Mapping[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    for entry in result if isinstance(result, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("value"), dict):
            found[str(entry.get("from_name"))].append(entry)
        else:
            problems.append("an entry of the annotation is no result of a control")
    return found


def _regions(
    given: Mapping[str, list[Json]], sample: Pushed, problems: list[str]
) -> Sequence[_Region]:
    """Brush regions, with the reasons that bear their ids."""
    found: dict[str, _Region] = defaultdict(_Region)
    for entry in given.get(REGIONS, ()):
        value = entry["value"]
        try:
            mask = decode_brush(value.get("rle", ()), sample.height, sample.width)
        except ReviewError as error:
            problems.append(str(error))
            continue
        if not mask.any():
            continue
        region = found[str(entry.get("id"))]
        region.mask = mask
        region.label = next(iter(_strings(value.get("brushlabels"))), OTHER_REGION)
    for entry in given.get(REGION_REASON, ()):
        name = str(entry.get("id"))
        if name in found:
            found[name].reason = " ".join(_strings(entry["value"].get("text")))
        else:
            problems.append("a reason is given for a region that is not there")
    return list(found.values())


def _union(regions: Sequence[_Region]) -> Mask | None:
    masks = [region.mask for region in regions if region.mask is not None]
    return np.logical_or.reduce(masks) if masks else None


def _reasons(regions: Sequence[_Region]) -> list[str]:
    said = []
    for region in regions:
        if region.mask is not None and region.reason:
            where = place(bounding_region(region.mask))
            said.append(f"{where[0].upper()}{where[1:]}: {region.reason}")
    return said


def _confidence(given: Mapping[str, list[Json]]) -> float | None:
    words = _choices(given, CONFIDENCE_CONTROL)
    return CONFIDENCES.get(words[0]) if words else None


def _cues(given: Mapping[str, list[Json]], attribute: str) -> tuple[str, ...]:
    named = set(_choices(given, cues_control(attribute)))
    return tuple(
        cue.id for cue in CUES if cue.attribute == attribute and named & {cue.id, cue.text}
    )


def _choices(given: Mapping[str, list[Json]], control: str) -> list[str]:
    return [
        word for entry in given.get(control, ()) for word in _strings(entry["value"].get("choices"))
    ]


def _texts(given: Mapping[str, list[Json]], control: str) -> list[str]:
    texts = [
        text for entry in given.get(control, ()) for text in _strings(entry["value"].get("text"))
    ]
    return [" ".join(text.split()) for text in texts if text.strip()]


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
