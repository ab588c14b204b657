"""Pictures and jobs for the generators' tests: stock photographs and synthetic scenes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from skimage import data

from schemas.identity import derive_id
from schemas.job import Job
from schemas.picture import Codec, Face, Mask, Picture, Pixels, Source, Word, instance_of
from schemas.vocabulary import Domain


def photograph(name: str, side: int = 192) -> Pixels:
    """A stock photograph of scikit-image ("astronaut", "coffee", ...), longer side `side` px."""
    pixels = np.asarray(getattr(data, name)())
    scale = side / max(pixels.shape[:2])
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def flat(height: int, width: int, value: int = 128) -> Pixels:
    """A picture of one grey."""
    return np.full((height, width, 3), value, dtype=np.uint8)


def noise(height: int, width: int, seed: int = 0) -> Pixels:
    """Uniform noise."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def scene(height: int = 160, width: int = 200, seed: int = 0) -> tuple[Pixels, Mask]:
    """A textured ellipse before a smooth, slightly noisy gradient, and the ellipse's mask."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    ground = 90.0 + 70.0 * rows / height + 20.0 * columns / width
    pixels = np.stack([ground, ground + 15.0, ground + 40.0], axis=2)
    centre_y, centre_x = height * rng.uniform(0.4, 0.6), width * rng.uniform(0.4, 0.6)
    inside = ((rows - centre_y) / (height * 0.22)) ** 2 + (
        (columns - centre_x) / (width * 0.18)
    ) ** 2 <= 1.0
    stripes = 40.0 * ((rows + columns) // 6 % 2)
    pixels[inside] = np.stack([200.0 - stripes, 60.0 + stripes, 40.0 + stripes / 2], axis=2)[inside]
    pixels += rng.normal(0.0, 3.0, pixels.shape)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8), inside


def make_picture(
    pixels: Pixels,
    *,
    domain: Domain = Domain.NATURAL,
    faces: Sequence[Face] = (),
    words: Sequence[Word] = (),
    object_mask: Mask | None = None,
) -> Picture:
    """A picture as a generator receives it: read-only, with an id that follows from its pixels."""
    pixels = pixels.copy()
    pixels.setflags(write=False)
    if object_mask is not None:
        object_mask = object_mask.copy()
        object_mask.setflags(write=False)
    height, width = pixels.shape[:2]
    source_id = derive_id("source", pixels.tobytes(), height, width)
    source = Source(
        source_id=source_id,
        origin=f"{source_id}.png",
        domain=domain,
        group=source_id,
        width=width,
        height=height,
        licence="CC0-1.0",
        attribution="made for tests",
        history=Codec("PNG"),
        words=tuple(words),
        faces=tuple(faces),
        instances=() if object_mask is None else (instance_of(object_mask),),
    )
    return Picture(source, pixels, () if object_mask is None else (object_mask,))


def make_job(
    source: Picture,
    operation: str,
    *,
    seed: int = 0,
    second: Picture | None = None,
    mask: Mask | None = None,
    prompt: str | None = None,
) -> Job:
    """A job whose id follows from what it consists of; its mask is read-only."""
    if mask is not None:
        mask = mask.copy()
        mask.setflags(write=False)
    job_id = derive_id(
        "job",
        operation,
        seed,
        source.source.source_id,
        second.source.source_id if second else None,
        mask.tobytes() if mask is not None else None,
        prompt,
    )
    return Job(job_id, operation, seed, source, second, mask, prompt)
