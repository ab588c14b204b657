"""Small jobs for every task, and what is done with their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from generators.contract import Generator
from generators.diffusion import Edit, Inpaint, Reconstruct, TextToImage, Variation
from generators.diffusion.preset import Task
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask
from tests.generators.pictures import make_job, make_picture, photograph

ADAPTORS: dict[Task, tuple[Any, str]] = {
    Task.TEXT_TO_IMAGE: (TextToImage, "text_to_image"),
    Task.VARIATION: (Variation, "image_variation"),
    Task.INPAINT: (Inpaint, "inpaint_object"),
    Task.EDIT: (Edit, "instruct_edit"),
    Task.RECONSTRUCT: (Reconstruct, "reconstruct"),
}


def adaptor(task: Task, **options: Any) -> Generator:
    cls = ADAPTORS[task][0]
    if task is not Task.RECONSTRUCT:
        options.setdefault("steps", 2)
    made: Generator = cls(cls.Options(**options))
    return made


def small_jobs(task: Task, side: int = 60) -> list[Job]:
    """Two jobs on pictures of one size, and one, between them, on another; no multiples of 8."""
    pictures = [
        make_picture(photograph("coffee", side)),
        make_picture(photograph("astronaut", side)[: side - 9]),
        make_picture(photograph("coffee", side)[:, ::-1]),
    ]
    return [
        make_job(
            picture,
            ADAPTORS[task][1],
            seed=7 * number + 1,
            mask=corner(picture.pixels.shape[:2]) if task is Task.INPAINT else None,
            prompt=None if task is Task.RECONSTRUCT else words,
        )
        for number, (picture, words) in enumerate(
            zip(pictures, ("a red bicycle", "two pears", "a lighthouse at dusk"), strict=True)
        )
    ]


def corner(shape: tuple[int, ...]) -> Mask:
    """A mask whose outline runs through cells of 8 px, and a stroke of 2 px that misses them."""
    mask = np.zeros(shape, np.bool_)
    mask[3:21, 5:30] = True
    mask[26:28, 10:50] = True
    return mask


def forgeries(answers: Sequence[Forgery | Rejection]) -> list[Forgery]:
    """The answers, which must all be forgeries."""
    found = [answer for answer in answers if isinstance(answer, Forgery)]
    assert len(found) == len(answers), [a for a in answers if isinstance(a, Rejection)]
    return found


def forge(generator: Generator, jobs: Sequence[Job]) -> list[Forgery]:
    return forgeries(list(generator.forge(iter(jobs))))


def apart(one: Forgery, other: Forgery) -> int:
    """By how much two pictures of one size differ at most."""
    assert one.image.shape == other.image.shape
    return int(np.abs(one.image.astype(np.int64) - other.image).max())
