"""Turns the bytes of one picture file into pictures of the set: decoded, searched and cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from schemas.identity import derive_id, derive_seed, hash_bytes
from schemas.picture import Codec, Face, Mask, Picture, Pixels, RejectedSource, Source, Word
from schemas.recipe.sources import Crops
from schemas.vocabulary import Domain
from sources.crops import Crop, plan_crops, plan_face_crops
from sources.faces import find_faces
from sources.reading import UnreadablePicture, read_picture

MIN_WHOLE_SIDE = 64
"""Shortest side of a picture that is taken whole."""
MAX_FLAT = 0.4
"""At most this share of a photograph's crop may be featureless (night sky, a black border)."""

_BLOCK = 16
_FLAT_SPREAD = 1.5


@dataclass(frozen=True, slots=True)
class Origin:
    """A picture file with what is known of it before it is opened."""

    name: str
    data: bytes
    domain: Domain
    group: str
    licence: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of the places in an upright picture: its words and its object mask."""

    words: tuple[Word, ...] = ()
    object_mask: Mask | None = None


def cut_pictures(
    origin: Origin, crops: Crops | None, seed: int, marks_of: Callable[[Pixels], Marks]
) -> Iterator[Picture | RejectedSource]:
    """The pictures of one file, or one `RejectedSource` for each thing that cannot be used.

    `marks_of` gives the words and the mask of the decoded picture; it may raise
    `UnreadablePicture`. Faces are sought in deepfake sources alone. Words, faces and the mask are
    cut with the picture; a word or face that a crop cuts through is not listed with it.
    """
    try:
        pixels, codec = read_picture(origin.data, crops.min_side if crops else MIN_WHOLE_SIDE)
        marks = marks_of(pixels)
        faces = find_faces(pixels) if origin.domain is Domain.DEEPFAKE else ()
        plan = _plan(origin, pixels, faces, crops, derive_seed("crops", seed, origin.name))
        file_hash = hash_bytes(origin.data)
        for crop in plan:
            picture = _cut(origin, file_hash, pixels, codec, faces, marks, crop)
            try:
                _check(picture)
            except UnreadablePicture as error:
                detail = f"the crop {crop} " if crop else "it "
                yield RejectedSource(origin.name, error.reason, detail + error.detail)
            else:
                yield picture
    except UnreadablePicture as error:
        yield RejectedSource(origin.name, error.reason, error.detail)


def _plan(
    origin: Origin, pixels: Pixels, faces: Sequence[Face], crops: Crops | None, seed: int
) -> Sequence[Crop | None]:
    if origin.domain is Domain.DEEPFAKE and not faces:
        raise UnreadablePicture("no_face", "no frontal face with two visible eyes was found")
    if crops is None:
        return (None,)
    height, width = pixels.shape[:2]
    if origin.domain is not Domain.DEEPFAKE:
        return plan_crops(width, height, crops, seed)
    planned = plan_face_crops(width, height, faces, crops, seed)
    if not planned:
        raise UnreadablePicture(
            "face_too_large",
            f"no face with its margin fits into a crop of {crops.max_side} pixels (the least has "
            f"{min(face.box[2] for face in faces)}); raise max_side or set crops to null",
        )
    return planned


def _check(picture: Picture) -> None:
    """Raise `UnreadablePicture` for a crop in which there is nothing to forge."""
    if picture.source.domain is Domain.DOCUMENT and not picture.source.words:
        raise UnreadablePicture("no_words", "holds no whole word")
    if picture.source.domain is Domain.NATURAL and (flat := _flat_share(picture.pixels)) > MAX_FLAT:
        raise UnreadablePicture("flat", f"is featureless in {flat:.0%} of its area")


def _flat_share(pixels: Pixels) -> float:
    """The share of 16 by 16 blocks whose green values hardly vary."""
    height, width = (side // _BLOCK for side in pixels.shape[:2])
    green = pixels[: height * _BLOCK, : width * _BLOCK, 1].astype(np.float32)
    blocks = green.reshape(height, _BLOCK, width, _BLOCK)
    return float((blocks.std(axis=(1, 3)) < _FLAT_SPREAD).mean())


def _cut(
    origin: Origin,
    file_hash: str,
    pixels: Pixels,
    codec: Codec,
    faces: Sequence[Face],
    marks: Marks,
    crop: Crop | None,
) -> Picture:
    height, width = pixels.shape[:2]
    left, top, w, h = crop or (0, 0, width, height)
    mask = marks.object_mask
    if crop is not None:
        pixels = pixels[top : top + h, left : left + w].copy()
        pixels.setflags(write=False)
        if mask is not None:
            mask = mask[top : top + h, left : left + w].copy()
            mask.setflags(write=False)
    if mask is not None and not mask.any():
        mask = None
    source = Source(
        source_id=derive_id("src", origin.name, crop, file_hash),
        origin=origin.name,
        domain=origin.domain,
        group=origin.group,
        width=w,
        height=h,
        licence=origin.licence,
        attribution=origin.attribution,
        history=codec,
        crop=crop,
        words=tuple(_cut_words(marks.words, left, top, w, h)),
        faces=tuple(_cut_faces(faces, left, top, w, h)),
        has_mask=mask is not None,
    )
    return Picture(source, pixels, mask)


def _cut_words(
    words: Sequence[Word], left: int, top: int, width: int, height: int
) -> Iterator[Word]:
    for word in words:
        quad = tuple((x - left, y - top) for x, y in word.quad)
        if all(0 <= x <= width and 0 <= y <= height for x, y in quad):
            yield Word(quad, word.text, word.field)


def _cut_faces(
    faces: Sequence[Face], left: int, top: int, width: int, height: int
) -> Iterator[Face]:
    for face in faces:
        x, y, w, h = face.box
        if left <= x and top <= y and x + w <= left + width and y + h <= top + height:
            (lx, ly), (rx, ry) = face.eyes
            yield Face((x - left, y - top, w, h), ((lx - left, ly - top), (rx - left, ry - top)))
