"""A source picture: what is known of it, and the pixels with their marks that a forger receives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.vocabulary import Domain

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
    """A face: its box (x, y, width, height) and the eye centres (x, y), image-left eye first."""

    box: tuple[int, int, int, int]
    eyes: tuple[tuple[float, float], tuple[float, float]]


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
    caption: str | None = None
    has_mask: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A source as a generator receives it. The arrays are read-only."""

    source: Source
    pixels: Pixels
    object_mask: Mask | None = None


@dataclass(frozen=True, slots=True)
class RejectedSource:
    """A picture that may not enter the run. `reason` is a snake_case word, `detail` a sentence."""

    origin: str
    reason: str
    detail: str = ""
