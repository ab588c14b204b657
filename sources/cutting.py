"""Turns the bytes of one picture file into pictures of the set: decoded, searched and cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from schemas.identity import derive_id, derive_seed, hash_bytes
from schemas.picture import (
    Codec,
    Face,
    Mask,
    Picture,
    Pixels,
    RejectedSource,
    Source,
    Word,
    instance_of,
)
from schemas.recipe.sources import Crops
from schemas.vocabulary import Consent, Domain
from sources.crops import Crop, plan_crops, plan_face_crops
from sources.faces import find_faces
from sources.marks import Marks
from storage.reading import UnreadablePicture, read_picture

MIN_WHOLE_SIDE = 64
"""Shortest side of a picture that is taken whole."""
MAX_FLAT = 0.4
"""At most this share of a photograph's crop may be featureless (night sky, a black border)."""
MIN_INSIDE = 0.3
"""An object of which a crop holds less than this share is not listed with it: a sliver at the
border has neither the object's shape nor shows what it is called after."""

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
    consent: Consent = Consent.UNKNOWN
    identity: str | None = None
    caption: str | None = None
    face_detector: str = "haar"
    face_landmarks: str | None = None


def cut_pictures(
    origin: Origin, crops: Crops | None, seed: int, marks_of: Callable[[Pixels], Marks]
) -> Iterator[Picture | RejectedSource]:
    """The pictures of one file, or one `RejectedSource` for each thing that cannot be used.

    `marks_of` gives the words and the objects of the decoded picture; it may raise
    `UnreadablePicture`. Faces are sought in deepfake sources alone. Words, faces and objects are
    cut with the picture; a word or face that a crop cuts through is not listed with it, nor is an
    object of which less than `MIN_INSIDE` lies in it. An object without a pixel is none.
    """
    try:
        pixels, codec = read_picture(origin.data, crops.min_side if crops else MIN_WHOLE_SIDE)
        marks = marks_of(pixels)
        faces: tuple[Face, ...] = ()
        if origin.domain is Domain.DEEPFAKE:
            faces = find_faces(pixels, origin.face_detector, origin.face_landmarks)
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
    if crop is not None:
        pixels = pixels[top : top + h, left : left + w].copy()
        pixels.setflags(write=False)
    objects = list(_cut_objects(marks, left, top, w, h))
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
        instances=tuple(instance_of(mask, label) for mask, label in objects),
        caption=origin.caption,
        identity=origin.identity,
        consent=origin.consent,
    )
    return Picture(source, pixels, tuple(mask for mask, _ in objects))


def _cut_objects(
    marks: Marks, left: int, top: int, width: int, height: int
) -> Iterator[tuple[Mask, str | None]]:
    for mask, label in marks.instances:
        part = mask[top : top + height, left : left + width].copy()
        inside = np.count_nonzero(part)
        if inside and inside >= MIN_INSIDE * np.count_nonzero(mask):
            part.setflags(write=False)
            yield part, label


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
            yield replace(
                face,
                box=(x - left, y - top, w, h),
                eyes=((lx - left, ly - top), (rx - left, ry - top)),
                landmarks=tuple((px - left, py - top) for px, py in face.landmarks),
            )
