"""Small pictures of every domain for the conformance kit, out of what installed packages carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image
from skimage import data

from schemas.picture import Codec, Face, Mask, Picture, Pixels, Source, Word, instance_of
from schemas.vocabulary import Domain

_HEIGHT, _WIDTH = 256, 320


def make_picture(
    name: str,
    pixels: Pixels,
    domain: Domain,
    *,
    words: Sequence[Word] = (),
    faces: Sequence[Face] = (),
    object_mask: Mask | None = None,
) -> Picture:
    """A picture as a run would hand it out, with arrays of its own that are read-only."""
    height, width = pixels.shape[:2]
    scene = name.removesuffix("-mirrored")
    source = Source(
        source_id=f"kit-{name}",
        origin=f"conformance kit/{scene}",
        domain=domain,
        group=f"kit-{scene}",
        width=width,
        height=height,
        licence="unknown",
        attribution="",
        history=Codec("PNG"),
        words=tuple(words),
        faces=tuple(faces),
        instances=() if object_mask is None else (instance_of(object_mask),),
    )
    pixels = pixels.copy()
    pixels.setflags(write=False)
    if object_mask is not None:
        object_mask = object_mask.copy()
        object_mask.setflags(write=False)
    return Picture(source, pixels, () if object_mask is None else (object_mask,))


def scaled(picture: Picture, factor: float) -> Picture:
    """The picture with its marks, its sides times `factor`."""
    if factor == 1.0:
        return picture
    source = picture.source
    size = (round(source.width * factor), round(source.height * factor))
    pixels = cv2.resize(picture.pixels, size, interpolation=cv2.INTER_AREA)
    mask = picture.object_mask
    if mask is not None:
        small = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        mask = small.astype(np.bool_)
    return make_picture(
        source.source_id.removeprefix("kit-"),
        np.asarray(pixels, dtype=np.uint8),
        source.domain,
        words=[replace(word, quad=_points(word.quad, factor)) for word in source.words],
        faces=[_scaled_face(face, factor) for face in source.faces],
        object_mask=mask,
    )


def ellipse(size: tuple[int, int], centre: tuple[int, int], half: tuple[int, int]) -> Mask:
    """A mask of `size` (height, width), True in an ellipse; `centre` and `half` are (x, y)."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    inside: Mask = ((rows - centre[1]) / half[1]) ** 2 + ((columns - centre[0]) / half[0]) ** 2 <= 1
    return inside


@cache
def photographs(domain: Domain) -> tuple[Picture, ...]:
    """Four photographs of 256 by 320 pixels, two of them with the mask of their main object."""
    coffee, cat, astronaut = (_fit(_stock(name)) for name in ("coffee", "chelsea", "astronaut"))
    cup = ellipse((_HEIGHT, _WIDTH), (182, 82), (76, 74))
    suit = ellipse((_HEIGHT, _WIDTH), (136, 66), (52, 60))
    return (
        make_picture("coffee", coffee, domain, object_mask=cup),
        make_picture("cat", cat, domain),
        make_picture("coffee-mirrored", coffee[:, ::-1], domain),
        make_picture("astronaut", astronaut, domain, object_mask=suit),
    )


@cache
def portraits(domain: Domain) -> tuple[Picture, ...]:
    """Four portraits of 256 by 320 pixels of two people; people alternate."""
    astronaut = _stock("astronaut")[10:266, 70:390]
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    with Image.open(path) as image:
        hopper = _fit(np.asarray(image.convert("RGB")), top=32)
    one = Face((106, 56, 96, 96), ((132.6, 90.8), (176.8, 93.2)))
    other = Face((97, 34, 139, 139), ((139.5, 86.7), (190.2, 85.3)))
    return tuple(
        make_picture(f"{name}{suffix}", seen, domain, faces=(marked,))
        for suffix, turned in (("", False), ("-mirrored", True))
        for name, pixels, face in (("portrait", astronaut, one), ("officer", hopper, other))
        for seen, marked in [(pixels[:, ::-1], _mirrored(face)) if turned else (pixels, face)]
    )


def _scaled_face(face: Face, factor: float) -> Face:
    x, y, width, height = (round(value * factor) for value in face.box)
    left, right = _points(face.eyes, factor)
    return Face((x, y, width, height), (left, right), _points(face.landmarks, factor))


def _points(
    points: Sequence[tuple[float, float]], factor: float
) -> tuple[tuple[float, float], ...]:
    return tuple((x * factor, y * factor) for x, y in points)


def _stock(name: str) -> Pixels:
    return np.asarray(getattr(data, name)(), dtype=np.uint8)


def _fit(pixels: Pixels, top: int = 0) -> Pixels:
    """Scaled to the kit's width or height, whichever is reached last, and cut to its size."""
    scale = max(_HEIGHT / pixels.shape[0], _WIDTH / pixels.shape[1])
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    scaled = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return scaled[top : top + _HEIGHT, :_WIDTH]


def _mirrored(face: Face) -> Face:
    x, y, width, height = face.box
    left, right = face.eyes
    return Face(
        (_WIDTH - x - width, y, width, height),
        ((_WIDTH - 1 - right[0], right[1]), (_WIDTH - 1 - left[0], left[1])),
    )
