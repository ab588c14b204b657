"""A small set to try `import` on: pictures in a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from schemas.identity import derive_seed
from schemas.picture import Pixels
from storage.codecs import encode_jpeg, encode_png

_COUNT = 8
_HEIGHT, _WIDTH = 120, 160


@contextmanager
def trial_set() -> Iterator[dict[str, Any]]:
    """Options for a folder with eight small pictures and their prompts."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-import-") as folder:
        for number in range(_COUNT):
            pixels = _picture(number)
            jpeg = number % 2 == 0
            data = encode_jpeg(pixels, 90, "4:2:0") if jpeg else encode_png(pixels)
            picture = Path(folder) / f"{number:02d}.{'jpg' if jpeg else 'png'}"
            picture.write_bytes(data)
            picture.with_suffix(".txt").write_text("hills under a wide sky", encoding="utf-8")
        yield {"path": folder, "licence": "CC0-1.0"}


def _picture(number: int) -> Pixels:
    """Hills before a sky, of a colour and a shape of their own."""
    rng = np.random.default_rng(derive_seed("import trial", number))
    y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH]
    sky = np.array([120, 160, 210]) + rng.integers(-30, 40, 3)
    image = sky + (y / _HEIGHT * 50)[..., None]
    for layer in range(3):
        crest = 40 + 22 * layer + 12 * np.sin(x / rng.uniform(14, 30) + rng.uniform(0, 6))
        image = np.where(
            (y > crest)[..., None], np.array([60, 90, 50]) + rng.integers(0, 60, 3), image
        )
    noisy = image + rng.normal(0, 3, image.shape)
    pixels: Pixels = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    return pixels
