"""What every baseline asks of its training pictures before it learns from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from detector.evaluation.contract import TestPicture
from schemas.errors import DatasetError
from schemas.picture import Pixels
from storage.reading import UnreadablePicture, read_picture

Pictures = Callable[[], Iterator[TestPicture]]
"""Gives a fresh iterator over the same pictures, in the same order, each time it is called."""
Progress = Callable[[int, int], None]
"""Told after each piece of work: how much is done, of how much."""

LEAST = 10
"""Fewer pictures of a class than this teach nothing that a figure could be trusted to show."""


@dataclass(frozen=True, slots=True)
class Survey:
    """How many pictures of each class there are, and a digest of all that is learnt from."""

    real: int
    fake: int
    digest: str


def survey(train: Pictures) -> Survey:
    """Look through the training pictures once, without decoding them.

    Raises `DatasetError` where a class has fewer than `LEAST` pictures.
    """
    hasher = hashlib.sha256()
    fakes = total = 0
    for picture in train():
        hasher.update(hashlib.sha256(picture.encoded).digest())
        hasher.update(b"fake" if picture.fake else b"real")
        fakes += picture.fake
        total += 1
    check_classes(total - fakes, fakes)
    return Survey(total - fakes, fakes, hasher.hexdigest())


def check_classes(real: int, fake: int) -> None:
    """Raise `DatasetError` where nothing could be learnt from so many pictures of each class."""
    if min(real, fake) >= LEAST:
        return
    what = f"a baseline was to be fitted on {real} real and {fake} fake pictures"
    if not real or not fake:
        wanted = "Both classes are needed"
    else:
        wanted = f"At least {LEAST} of each are needed"
    raise DatasetError(
        f"{what}. {wanted}: fit it on another published set (--fit-on), or on more of this one"
    )


def pixels_of(picture: TestPicture) -> Pixels:
    """The picture's pixels, RGB uint8 (height, width, 3), read-only, upright.

    Raises `DatasetError`, which names the picture, where the file cannot be read.
    """
    try:
        return read_picture(picture.encoded)[0]
    except UnreadablePicture as error:
        raise DatasetError(f"the picture {picture.key} cannot be read: {error}") from error
