"""A source picture: what is known of it, and the pixels with their marks that a forger receives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.vocabulary import Consent, Domain

Pixels = npt.NDArray[np.uint8]
"""RGB, uint8, shape (height, width, 3), values 0..255, sRGB."""
Mask = npt.NDArray[np.bool_]
"""bool, shape (height, width); True where the statement of the mask holds."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word or field on a page.

    `quad` holds its corners (x, y) in pixels: top left, top right, bottom right, bottom left, in
    reading orientation. `text` is None where it was found but not read. `field` says which field
    of a form it belongs to ("total", "date"), where that is known.
    """

    quad: tuple[tuple[float, float], ...]
    text: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """A face: its box (x, y, width, height) and the eye centres (x, y), image-left eye first.

    `landmarks`: further points (x, y) where a detector gives them: three, the nose's tip and the
    corners of the mouth, image-left first; or all 68 of Sagonas et al. ("300 Faces in-the-Wild
    Challenge", 2013) in their order. `yaw`: by how many degrees the face is turned to the image's
    right, -90..90; None where the landmarks do not tell. `skin`: the median CIELAB colour of nose
    and cheeks (lightness 0..100, a, b).
    """

    box: tuple[int, int, int, int]
    eyes: tuple[tuple[float, float], tuple[float, float]]
    landmarks: tuple[tuple[float, float], ...] = ()
    yaw: float | None = None
    skin: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An object that is marked in a picture: what it is called, its box (x, y, width, height), px.

    `area` is its share of the picture, 0..1.
    """

    box: tuple[int, int, int, int]
    area: float
    label: str | None = None


def instance_of(mask: Mask, label: str | None = None) -> Instance:
    """What is said of an object with this mask. Raises ValueError for an empty one."""
    if not mask.any():
        raise ValueError("an object has at least one pixel")
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (
        int(columns[0]),
        int(rows[0]),
        int(columns[-1] - columns[0]) + 1,
        int(rows[-1] - rows[0]) + 1,
    )
    return Instance(box, round(float(mask.mean()), 6), label)


@dataclass(frozen=True, slots=True)
class Codec:
    """How a picture was encoded when it was read or as it is stored.

    `quality` is the IJG quality (1..100) estimated from the quantisation tables, None without
    them; `subsampling` is "4:4:4", "4:2:2", "4:2:0" or None; `saves` counts the lossy encodings
    that are known of.
    """

    format: str
    quality: int | None = None
    subsampling: str | None = None
    saves: int = 0
    lossless: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """A real picture that entered the run, without its pixels.

    `origin` names the file or rendering it was cut from, never an absolute path; `crop` is (left,
    top, width, height) within it. Pictures with the same `group` (a photograph, a person, a
    document template) must share a split. `history` is the codec of the file it came from.
    `identity` names the person whose face it shows, where that is known; `consent` says on what
    ground a face may be forged.
    """

    source_id: str
    origin: str
    domain: Domain
    group: str
    width: int
    height: int
    licence: str
    attribution: str
    history: Codec
    crop: tuple[int, int, int, int] | None = None
    words: tuple[Word, ...] = ()
    faces: tuple[Face, ...] = ()
    instances: tuple[Instance, ...] = ()
    caption: str | None = None
    identity: str | None = None
    consent: Consent = Consent.UNKNOWN


@dataclass(frozen=True, slots=True)
class Picture:
    """A source as a generator receives it. The arrays are read-only.

    `instances`: the masks of `source.instances`, in the same order.
    """

    source: Source
    pixels: Pixels
    instances: tuple[Mask, ...] = ()

    @property
    def object_mask(self) -> Mask | None:
        """All marked objects together; None where none is marked."""
        return np.logical_or.reduce(self.instances) if self.instances else None


@dataclass(frozen=True, slots=True)
class RejectedSource:
    """A picture that may not enter the run. `reason` is a snake_case word, `detail` a sentence."""

    origin: str
    reason: str
    detail: str = ""
