"""Puts pictures, as they are and perturbed, to a predictor, and scores every answer at once."""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from detector.evaluation.answers_table import PLAIN, Condition
from detector.evaluation.contract import Prediction, Predictor, TestPicture
from detector.metrics.answers import read
from detector.metrics.masks import score_mask
from detector.metrics.predictions import FAILED, FAKE, REAL, THRESHOLD
from detector.perturbations.grid import PERTURBATIONS_BY_NAME, perturb
from schemas.errors import CounterfoilError, StorageError
from schemas.picture import Mask, Pixels
from storage.reading import UnreadablePicture, read_picture

_FOUND = 192
"""Longest side of a found mask that is kept to be looked at, px."""


def ask(
    predictor: Predictor,
    pictures: Iterable[TestPicture],
    conditions: Sequence[Condition] = (PLAIN,),
    answered: Callable[[], None] = lambda: None,
) -> Iterator[dict[str, Any]]:
    """A row of `KEPT` for every picture under every condition.

    A picture is decoded once for all conditions; no mask outlives its row. Pictures that cannot be
    decoded to be perturbed are failures. `answered` is called after each row. Raises
    `CounterfoilError` where the predictor gives fewer or more answers than it was asked for.
    """
    waiting: deque[_Asked] = deque()
    broken: deque[_Asked] = deque()

    def fed() -> Iterator[TestPicture]:
        for asked in _asked(pictures, conditions):
            if asked.problem:
                broken.append(asked)
            else:
                waiting.append(asked)
                yield asked.picture

    for prediction in predictor.predict(fed()):
        if not waiting:
            raise CounterfoilError(f"{predictor.name} gives more answers than it is asked for")
        yield _row(waiting.popleft(), prediction)
        answered()
    if waiting:
        raise CounterfoilError(
            f"{predictor.name} gave no answer about {waiting[0].picture.key} and "
            f"{len(waiting) - 1} more pictures; a predictor owes one for each, None where it fails"
        )
    for asked in broken:
        yield _row(asked, Prediction(None, problem=asked.problem))
        answered()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A picture under a condition; `problem` where it could not even be made."""

    picture: TestPicture
    condition: Condition
    problem: str = ""


class _Decoded:
    """A picture's pixels, decoded when first wanted, and never twice."""

    def __init__(self, picture: TestPicture) -> None:
        self._picture = picture

    @cached_property
    def pixels(self) -> Pixels:
        return read_picture(self._picture.encoded)[0]


def _asked(pictures: Iterable[TestPicture], conditions: Sequence[Condition]) -> Iterator[_Asked]:
    for picture in pictures:
        decoded = _Decoded(picture)
        for condition in conditions:
            if condition.level is None:
                yield _Asked(picture, condition)
                continue
            try:
                yield _Asked(_changed(picture, decoded.pixels, condition), condition)
            except (StorageError, UnreadablePicture) as error:
                yield _Asked(picture, condition, str(error))


def _changed(picture: TestPicture, pixels: Pixels, condition: Condition) -> TestPicture:
    """The picture perturbed, as a file without compression: no codec but the perturbation's."""
    assert condition.level is not None
    pixels = perturb(condition.perturbation, condition.level, pixels, picture.key).pixels
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="BMP")
    size = {"width": pixels.shape[1], "height": pixels.shape[0]}
    move = PERTURBATIONS_BY_NAME[condition.perturbation].move
    mask = picture.mask if move is None else partial(_moved, picture, condition)
    return replace(picture, encoded=buffer.getvalue(), side={**picture.side, **size}, mask=mask)


def _moved(picture: TestPicture, condition: Condition) -> Mask | None:
    move = PERTURBATIONS_BY_NAME[condition.perturbation].move
    truth = picture.mask()
    assert move is not None
    assert condition.level is not None
    return None if truth is None else move(truth, condition.level)


def _row(asked: _Asked, said: Prediction) -> dict[str, Any]:
    picture, plain = asked.picture, asked.condition == PLAIN
    row: dict[str, Any] = {
        "sample_id": picture.key,
        "label": int(picture.fake),
        "group_id": picture.group,
        "domain": picture.columns.get("domain"),
        "operation": picture.columns.get("operation"),
        "generator": picture.columns.get("generator"),
        "perturbation": asked.condition.perturbation,
        "level": asked.condition.level,
        "probability": said.probability,
        "answer": _verdict(said),
        "text": said.text,
        "problem": _problem(said),
        **_mask_columns(picture, said, plain),
    }
    if plain and said.text is not None:
        row |= {
            "true_reasoning": picture.reasoning,
            "true_findings": json.dumps(dict(picture.findings)),
            "true_attributes": json.dumps(dict(picture.attributes)),
        }
    return row


def _verdict(said: Prediction) -> int:
    if said.text is not None:
        return read(said.text).verdict
    if said.probability is None:
        return FAILED
    return FAKE if said.probability >= THRESHOLD else REAL


def _problem(said: Prediction) -> str | None:
    if said.problem:
        return said.problem
    if _verdict(said) != FAILED:
        return None
    return "no verdict in its text" if said.text is not None else "no answer"


def _mask_columns(picture: TestPicture, said: Prediction, keep: bool) -> dict[str, Any]:
    try:
        truth = picture.mask()
    except StorageError as error:
        return {"mask_problem": str(error)}
    found: dict[str, Any] = {"found": _small(said.mask) if keep and said.mask is not None else None}
    if truth is None:
        return found
    found["mask_area"] = float(truth.mean())
    if said.mask is None:
        return found
    if said.mask.shape != truth.shape:
        sizes = f"{said.mask.shape} against {truth.shape}"
        return {
            **found,
            "mask_problem": f"the found mask is of another size than the true: {sizes}",
        }
    score = score_mask(said.mask, truth)
    return {
        **found,
        "mask_f1": score.f1,
        "mask_iou": score.iou,
        "mask_auc": score.auc,
        "flagged": score.flagged,
        "mask_best_f1": score.best_f1,
        "mask_best_iou": score.best_iou,
        "mask_curve": list(score.curve),
    }


def _small(mask: npt.NDArray[np.float32]) -> bytes:
    """A mask as a grey PNG, small enough to be kept for every picture."""
    scale = min(1.0, _FOUND / max(mask.shape))
    size = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
    levels = np.rint(np.asarray(mask, np.float32).clip(0, 1) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(cv2.resize(levels, size, interpolation=cv2.INTER_AREA)).save(buffer, "PNG")
    return buffer.getvalue()
