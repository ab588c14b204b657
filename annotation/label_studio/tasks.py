"""One sample as a task: the picture under a name that tells nothing, and what machines said of it.

Nothing in a task that its page shows tells label, generator or file name. Sample ids do (a
forgery's is its job's), so tasks and picture files carry a hash of them instead.
"""

from __future__ import annotations

import html
import io
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from upath import UPath

from annotation.label_studio.brush import clean_regions, encode_brush
from annotation.label_studio.controls import (
    OTHER_REGION,
    PICTURE,
    REGIONS,
    WHOLE_CONTROL,
    WHOLE_VERDICTS,
    cues_control,
    rationale_control,
)
from annotation.label_studio.errors import ReviewError
from annotation.label_studio.review_server import Json
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES, ATTRIBUTES_BY_ID, WHOLE
from schemas.cues import CUES, CUES_BY_ID
from schemas.errors import MissingExtraError
from schemas.identity import derive_id
from schemas.picture import Mask
from schemas.vocabulary import RaterKind, Verdict
from storage.files import write_bytes
from storage.masks import decode_mask

MODEL_VERSION = "machines"
_SUFFIXES = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
_WHOLE_WORDS = {verdict: word for word, verdict in WHOLE_VERDICTS.items()}
_CALLED = {
    RaterKind.MLLM: "model",
    RaterKind.HUMAN: "person",
    RaterKind.MEASURED: "measurement",
}
_RATER_ORDER = {RaterKind.MLLM: 0, RaterKind.HUMAN: 1, RaterKind.MEASURED: 2}


@dataclass(frozen=True, slots=True)
class ReviewSample:
    """What people are to judge. `address`: where the page finds the picture (`store_picture`).

    `mask`: the observed mask (one-bit PNG), where there is one. `rows`: what raters said so far.
    """

    sample_id: str
    address: str
    width: int
    height: int
    mask: bytes | None = None
    rows: tuple[Annotation, ...] = ()


def task_key(sample_id: str) -> str:
    """What a task is called on the server: the same for a sample everywhere, and meaningless."""
    return derive_id("picture", sample_id)


def store_picture(folder: Path, sample_id: str, data: bytes) -> str:
    """Put an encoded picture where the server may read it, and return its address in a task.

    `folder` is `server.pictures_folder(review)`. PNG, JPEG and WebP stay as they are; anything
    else, which browsers may not show, becomes PNG. What is there already is left alone.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            suffix = _SUFFIXES.get(image.format or "")
            if suffix is None:
                buffer = io.BytesIO()
                image.convert("RGB").save(buffer, format="PNG")
                data, suffix = buffer.getvalue(), "png"
    except OSError as error:
        raise ReviewError(f"the picture of {sample_id} cannot be read: {error}") from error
    file = folder / f"{task_key(sample_id)}.{suffix}"
    if not (file.is_file() and file.stat().st_size == len(data)):
        write_bytes(UPath(file), data)
    return f"/data/local-files/?d={folder.name}/{file.name}"


def blind_task(
    sample: ReviewSample, *, shown: bool, masks: bool = True, cues: Collection[str] = ()
) -> Json:
    """A task of a blind slot.

    `shown`: it opens with what machines said (cues only those in `cues`, which the page has) and,
    with `masks`, where the picture was changed. Else it opens empty. People's rows are never shown.
    """
    machines = [row for row in sample.rows if row.rater_kind is not RaterKind.HUMAN]
    result = prediction_of(sample, machines, masks=masks, cues=cues) if shown else []
    return _task({"image": sample.address, "key": task_key(sample.sample_id)}, result)


def adjudication_task(sample: ReviewSample, *, cues: Collection[str] = ()) -> Json:
    """A task that shows what every rater said, and opens with what most of them said."""
    data = {
        "image": sample.address,
        "key": task_key(sample.sample_id),
        "said": said_by(sample.rows),
    }
    return _task(data, prediction_of(sample, sample.rows, masks=False, cues=cues))


def prediction_of(
    sample: ReviewSample, rows: Sequence[Annotation], *, masks: bool, cues: Collection[str]
) -> list[Json]:
    """Rows as the results of a prediction: what most say, in the words of one who says so."""
    result: list[Json] = []
    for attribute in (WHOLE, *(one.id for one in ATTRIBUTES)):
        judged = sorted(
            (row for row in rows if row.attribute == attribute),
            key=lambda row: (_RATER_ORDER[row.rater_kind], row.rater, row.annotation_id),
        )
        if not judged:
            continue
        verdict = _most(judged)
        agreeing = [row for row in judged if row.verdict is verdict]
        if attribute == WHOLE:
            result.append(_choice(WHOLE_CONTROL, [_WHOLE_WORDS[verdict]]))
            continue
        result.append(_choice(attribute, [verdict.value]))
        texts = [row.rationale.strip() for row in agreeing if row.rationale.strip()]
        if texts:
            result.append(_result(rationale_control(attribute), "textarea", {"text": [texts[0]]}))
        named = {cue for row in agreeing for cue in row.cues}
        ticked = [
            cue.id for cue in CUES if cue.id in named & set(cues) and cue.attribute == attribute
        ]
        if ticked:
            result.append(_choice(cues_control(attribute), ticked))
    if masks and sample.mask is not None:
        regions = clean_regions(decode_mask(sample.mask))
        result += [_brush(region, index) for index, region in enumerate(regions)]
    return result


def said_by(rows: Iterable[Annotation]) -> str:
    """What raters said, attribute by attribute, as HTML; raters are numbered, not named."""
    ordered = sorted(rows, key=lambda row: (_RATER_ORDER[row.rater_kind], row.rater, row.attribute))
    names: dict[tuple[RaterKind, str], str] = {}
    for row in ordered:
        number = 1 + sum(kind is row.rater_kind for kind, _ in names)
        names.setdefault((row.rater_kind, row.rater), f"{_CALLED[row.rater_kind]} {number}")
    parts: list[str] = []
    for attribute in (WHOLE, *ATTRIBUTES_BY_ID):
        judged = [row for row in ordered if row.attribute == attribute]
        if not judged:
            continue
        title = "The whole" if attribute == WHOLE else ATTRIBUTES_BY_ID[attribute].forged
        parts.append(f"<b>{html.escape(title)}</b>")
        for row in judged:
            name = names[row.rater_kind, row.rater]
            cues = "; ".join(CUES_BY_ID[cue].text for cue in row.cues if cue in CUES_BY_ID)
            text = " ".join(part for part in (row.rationale.strip(), cues) if part)
            verdict = _WHOLE_WORDS[row.verdict] if attribute == WHOLE else row.verdict.value
            parts.append(f"<div><i>{name}</i>: {verdict}. {html.escape(text)}</div>")
    return "".join(parts)


class TaskCheck:
    """Holds tasks against a configuration before they are sent: the server takes anything."""

    def __init__(self, configuration: str) -> None:
        try:
            from label_studio_sdk.label_interface.interface import LabelInterface
        except ImportError as error:
            raise MissingExtraError("annotate", "label-studio-sdk", "Checking tasks") from error
        # Its methods are untyped.
        self._interface: Any = LabelInterface(configuration)

    def __call__(self, task: Json) -> None:
        """Raise `ReviewError` for a task whose predictions its page could not show."""
        for prediction in task.get("predictions", []):
            errors = self._interface.validate_prediction(prediction, return_errors=True)
            if errors:
                raise ReviewError(
                    f"the pre-annotation of {task['data']['key']} does not fit the labelling "
                    f"page: {'; '.join(errors)}. This is a bug: please report."
                )


def _most(rows: Sequence[Annotation]) -> Verdict:
    """The verdict of most sure rows; unsure where there is none or as many for either."""
    counts = Counter(row.verdict for row in rows)
    present, absent = counts[Verdict.PRESENT], counts[Verdict.ABSENT]
    if present == absent:
        return Verdict.UNSURE
    return Verdict.PRESENT if present > absent else Verdict.ABSENT


def _task(data: Json, result: list[Json]) -> Json:
    task: Json = {"data": data}
    if result:
        task["predictions"] = [{"model_version": MODEL_VERSION, "result": result}]
    return task


def _result(control: str, kind: str, value: Json) -> Json:
    return {
        "id": control,
        "from_name": control,
        "to_name": PICTURE,
        "type": kind,
        "value": value,
    }


def _choice(control: str, chosen: list[str]) -> Json:
    return _result(control, "choices", {"choices": chosen})


def _brush(region: Mask, index: int) -> Json:
    height, width = region.shape
    value = {"format": "rle", "rle": encode_brush(region), "brushlabels": [OTHER_REGION]}
    return _result(REGIONS, "brushlabels", value) | {
        "id": f"{REGIONS}{index}",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
    }
