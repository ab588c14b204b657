"""Pairs of a photograph and its edit through a model, with the truth: what masks are measured on.

Each pair is made in the order in which an editor works: a region is edited, the whole picture is
rendered anew by a model, and what comes out lies a little elsewhere and has a size of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from generators.patch_inpainting import complete
from schemas.picture import Mask, Pixels
from storage.codecs import decode, encode_jpeg

Model = Callable[[Pixels, np.random.Generator], Pixels]
Matrix = npt.NDArray[np.float64]

EDITS = ("paste", "inpaint", "colour", "text")
FRAMES = ("same", "moved", "larger", "stretched", "cropped", "padded")
MOST_SHIFT = 8.0
MOST_SCALE = 0.02
AREAS = (0.01, 0.3)
VISIBLE = 0.5

_TRIES = 8
_NOTICEABLE = 5.0


@dataclass(frozen=True, slots=True)
class Pair:
    """A source, its edit, and the truth in the frame (and of the size) of the edit.

    `truth`: the pixels that the edit changed to the eye. `covered`: those that show a part of the
    source at all.
    `matrix`: 2 by 3, takes source to image coordinates (x, y), pixel centres at whole numbers.
    """

    source: Pixels
    image: Pixels
    truth: Mask
    covered: Mask
    matrix: Matrix


def make_pair(
    source: Pixels,
    other: Pixels,
    edit: str,
    model: Model,
    frame: str,
    seed: int,
) -> Pair:
    """Edit `source` (`EDITS`, or "none") with content of `other`, render it, move it (`FRAMES`).

    A region of which less than `VISIBLE` changed to the eye is drawn anew, somewhere else.
    """
    rng = np.random.default_rng(seed)
    shape = (source.shape[0], source.shape[1])
    area = float(np.exp(rng.uniform(*np.log(AREAS))))
    drawn: list[tuple[float, Pixels, Mask]] = []
    while len(drawn) < _TRIES and (not drawn or drawn[-1][0] < VISIBLE):
        region = blob(shape, area, rng)
        if edit == "inpaint":  # What is removed is a thing, not a piece of sky.
            others = [blob(shape, area, rng) for _ in range(_TRIES)]
            region = max([region, *others], key=lambda one: float(source[one].std(axis=0).mean()))
        edited, region = _EDITS[edit](source, other, region, rng)
        seen = _noticeable(source, edited, region)
        drawn.append((seen.sum() / max(int(region.sum()), 1), edited, seen))
    _, edited, seen = max(drawn, key=lambda one: one[0])
    rendered = model(edited, rng)
    matrix, size = _frame(frame, shape, rng)
    truth, covered = _carry(seen, matrix, size)
    return Pair(source, _moved(rendered, matrix, size, frame == "padded"), truth, covered, matrix)


def blob(shape: tuple[int, int], area: float, rng: np.random.Generator) -> Mask:
    """A region with a wavy outline that covers about `area` of the picture, anywhere inside it."""
    height, width = shape
    angles = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radius = np.ones_like(angles)
    for wave in range(2, 7):
        radius += rng.normal(0, 0.35 / wave) * np.cos(wave * angles + rng.uniform(0, 2 * np.pi))
    radius = np.maximum(radius, 0.3)
    aspect = np.exp(rng.uniform(-0.45, 0.45))
    x, y = radius * np.cos(angles) * aspect, radius * np.sin(angles) / aspect
    size = np.sqrt(area * height * width / (np.pi * float(np.mean(radius**2))))
    x, y = x * size, y * size
    x += rng.uniform(min(-x.min(), width / 2), max(width - x.max(), width / 2))
    y += rng.uniform(min(-y.min(), height / 2), max(height - y.max(), height / 2))
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [np.rint(np.stack([x, y], axis=1)).astype(np.int32)], 1)
    return canvas.astype(np.bool_)


def _noticeable(source: Pixels, edited: Pixels, region: Mask) -> Mask:
    """The part of the region that differs to the eye, its pin-holes closed.

    Sky that was painted over by sky is in no mask: nobody could tell where it ends.
    """
    one, other = (
        cv2.cvtColor(pixels.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
        for pixels in (source, edited)
    )
    differs = cv2.blur(np.linalg.norm(one - other, axis=2), (3, 3)) > _NOTICEABLE
    closed = cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    seen: Mask = closed.astype(np.bool_) & region
    return seen


def _paste(
    source: Pixels, other: Pixels, region: Mask, rng: np.random.Generator
) -> tuple[Pixels, Mask]:
    height, width = region.shape
    fitted = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return np.where(region[..., None], fitted, source), region


def _inpaint(
    source: Pixels, other: Pixels, region: Mask, rng: np.random.Generator
) -> tuple[Pixels, Mask]:
    return complete(source, region, seed=int(rng.integers(2**31))), region


def _colour(
    source: Pixels, other: Pixels, region: Mask, rng: np.random.Generator
) -> tuple[Pixels, Mask]:
    lab = np.asarray(cv2.cvtColor(source / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)
    angle, chroma = rng.uniform(0, 2 * np.pi), rng.uniform(25, 45)
    shift = [rng.uniform(-15, 15), chroma * np.cos(angle), chroma * np.sin(angle)]
    shifted = np.asarray(lab + np.asarray(shift), np.float32)
    moved = np.asarray(cv2.cvtColor(shifted, cv2.COLOR_LAB2RGB), np.float32)
    recoloured = np.clip(np.rint(moved * 255), 0, 255).astype(np.uint8)
    return np.where(region[..., None], recoloured, source), region


def _text(
    source: Pixels, other: Pixels, region: Mask, rng: np.random.Generator
) -> tuple[Pixels, Mask]:
    height, width = region.shape
    canvas = np.zeros(region.shape, np.uint8)
    scale = min(height, width) / 384 * rng.uniform(1.8, 3.0)
    word = "".join(rng.choice(list("ABCDEHKMNRSTX2345"), 4))
    at = (int(rng.uniform(0.02, 0.3) * width), int(rng.uniform(0.3, 0.95) * height))
    cv2.putText(canvas, word, at, cv2.FONT_HERSHEY_DUPLEX, scale, 1, max(2, round(4 * scale)))
    strokes = canvas.astype(np.bool_)
    light = source[strokes].mean() < 128
    ink = rng.integers(200, 256, 3) if light else rng.integers(0, 60, 3)
    return np.where(strokes[..., None], ink.astype(np.uint8), source), strokes


def _none(
    source: Pixels, other: Pixels, region: Mask, rng: np.random.Generator
) -> tuple[Pixels, Mask]:
    return source.copy(), np.zeros_like(region)


_EDITS: Mapping[str, Callable[..., tuple[Pixels, Mask]]] = {
    "paste": _paste,
    "inpaint": _inpaint,
    "colour": _colour,
    "text": _text,
    "none": _none,
}


def resampling(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A picture that was made smaller, given noise, and made larger again."""
    height, width = pixels.shape[:2]
    size = width * 3 // 4, height * 3 // 4
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    small = small + rng.normal(0, 3, small.shape).astype(np.float32)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return _bytes(np.asarray(large, np.float32))


def soft_jpeg(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """A slight blur, a drift of tone and colour all over the picture, JPEG of quality 80."""
    soft = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.8), np.float64)
    drift = soft * rng.uniform(0.94, 1.06, 3) + rng.uniform(-6, 6, 3)
    return decode(encode_jpeg(_bytes(drift), 80, "4:2:0"))


def _frame(
    frame: str, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[Matrix, tuple[int, int]]:
    """The transform (source to image) and the image's (height, width)."""
    height, width = shape
    scale, shift = 1 + rng.uniform(-MOST_SCALE, MOST_SCALE), rng.uniform(-MOST_SHIFT, MOST_SHIFT, 2)
    if frame == "same":
        scale, shift = 1.0, np.zeros(2)
    centre = np.array([width - 1, height - 1]) / 2
    move = np.eye(3)
    move[0, 0] = move[1, 1] = scale
    move[:2, 2] = centre * (1 - scale) + shift
    if frame in {"same", "moved"}:
        size = (height, width)
    elif frame == "larger":
        size = (round(height * 1.4), round(width * 1.4))
    else:
        size = (448, 448) if height != width else (384, 512)
    ratios = np.array([size[1] / width, size[0] / height])
    if frame == "cropped":
        ratios[:] = ratios.max()
    elif frame == "padded":
        ratios[:] = ratios.min()
    fit = np.eye(3)
    fit[[0, 1], [0, 1]] = ratios
    fit[:2, 2] = (np.array([size[1], size[0]]) - 1) / 2 - ratios * centre
    return (fit @ move)[:2], size


def _moved(pixels: Pixels, matrix: Matrix, size: tuple[int, int], padded: bool) -> Pixels:
    return np.asarray(
        cv2.warpAffine(
            pixels,
            matrix,
            size[::-1],
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_CONSTANT if padded else cv2.BORDER_REFLECT_101,
        ),
        np.uint8,
    )


def _carry(region: Mask, matrix: Matrix, size: tuple[int, int]) -> tuple[Mask, Mask]:
    """The region in the image's frame, each pixel by the source pixel its centre falls on."""
    height, width = region.shape
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    rows, columns = np.mgrid[: size[0], : size[1]]
    x = np.rint(back[0, 0] * columns + back[0, 1] * rows + back[0, 2]).astype(np.int64)
    y = np.rint(back[1, 0] * columns + back[1, 1] * rows + back[1, 2]).astype(np.int64)
    covered: Mask = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    carried = region[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)] & covered
    return carried, covered


def _bytes(values: npt.NDArray[np.floating]) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
