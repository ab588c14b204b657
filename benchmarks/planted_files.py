"""Picture files of which some show the same, distorted as pictures are that travel the web.

All are made from photographs that come in packages (and those beside the checkout, where they
are): a picture is two windows of different photographs, turned and mirrored, laid over one another,
so that as many can be made as are wanted, hardly any of which resemble one another by chance.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from schemas.picture import Pixels
from storage.codecs import encode_jpeg

COPIES = 4
"""Every so many-th picture has a distorted copy."""
DISTORTIONS = ("jpeg", "half the size", "crop of 2 %", "brightness", "blur")
_SIDES = (384, 512)
_BATCH = 250


def write_pictures(folder: Path, count: int) -> dict[str, str]:
    """Write `count` JPEG files; returns what is planted: the name of each copy's original, by copy.

    The files are the same whenever they are written, whatever else is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copies = count // (COPIES + 1)
    originals = count - copies
    with ProcessPoolExecutor() as pool:
        starts = range(0, originals, _BATCH)
        for _ in pool.map(
            _write,
            [folder] * len(starts),
            starts,
            [originals] * len(starts),
            [copies] * len(starts),
        ):
            pass
    return {_name(number, 1): _name(number, 0) for number in range(copies)}


def _write(folder: Path, start: int, originals: int, copies: int) -> None:
    for number in range(start, min(start + _BATCH, originals)):
        pixels = _picture(number)
        (folder / _name(number, 0)).write_bytes(encode_jpeg(pixels, 90, "4:2:0"))
        if number < copies:
            (folder / _name(number, 1)).write_bytes(_distorted(pixels, number))


def _name(number: int, copy: int) -> str:
    return f"{number:06d}-{copy}.jpg"


def _picture(number: int) -> Pixels:
    rng = np.random.default_rng([7, number])
    height, width = (int(side) for side in rng.integers(*_SIDES, 2, endpoint=True))
    shown = photographs()
    one, two = rng.choice(len(shown), 2, replace=False)
    share = float(rng.uniform(0.35, 0.65))
    views = [_window(shown[which], height, width, rng) for which in (one, two)]
    return cv2.addWeighted(views[0], share, views[1], 1 - share, 0).astype(np.uint8)


def _window(pixels: Pixels, height: int, width: int, rng: np.random.Generator) -> Pixels:
    """A window of 40 to 95 % of a photograph's shorter side, turned and mirrored, at this size."""
    across = float(rng.uniform(0.4, 0.95)) * min(pixels.shape[:2])
    down, wide = max(16, int(across)), max(16, int(across * min(1.0, width / height)))
    top = int(rng.integers(0, pixels.shape[0] - down + 1))
    left = int(rng.integers(0, pixels.shape[1] - wide + 1))
    window = np.rot90(pixels[top : top + down, left : left + wide], int(rng.integers(4)))
    if rng.random() < 0.5:
        window = window[:, ::-1]
    return np.asarray(cv2.resize(np.ascontiguousarray(window), (width, height)), np.uint8)


def _distorted(pixels: Pixels, number: int) -> bytes:
    rng = np.random.default_rng([8, number])
    kind = DISTORTIONS[number % len(DISTORTIONS)]
    height, width = pixels.shape[:2]
    quality = 85
    if kind == "jpeg":
        quality = int(rng.integers(30, 96))
    elif kind == "half the size":
        pixels = np.asarray(
            cv2.resize(pixels, (width // 2, height // 2), interpolation=3), np.uint8
        )
    elif kind == "crop of 2 %":
        # One percent of the sides off at each edge.
        dy, dx = max(1, height // 100), max(1, width // 100)
        pixels = pixels[dy : height - dy, dx : width - dx]
    elif kind == "brightness":
        factor = float(rng.uniform(0.8, 1.2))
        pixels = np.clip(pixels * factor, 0, 255).astype(np.uint8)
    else:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.2), np.uint8)
    return encode_jpeg(np.ascontiguousarray(pixels), quality, "4:2:0")


@cache
def photographs() -> list[Pixels]:
    """Packaged photographs and, where they are, some beside the checkout, up to 640 px a side."""
    names = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "retina")
    found = [getattr(data, name)() for name in names]
    found += [load_sample_image(f"{name}.jpg") for name in ("china", "flower")]
    beside = Path(
        os.environ.get("COUNTERFOIL_TEST_DATA")
        or Path(__file__).resolve().parents[2] / "shared" / "data"
    )
    for file in sorted((beside / "photos").glob("*.jpg"))[::3]:
        with Image.open(file) as image:
            found.append(np.asarray(image.convert("RGB")))
    return [_small(np.asarray(pixels[..., :3], np.uint8)) for pixels in found]


def _small(pixels: Pixels) -> Pixels:
    scale = 640 / max(pixels.shape[:2])
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
