"""What a document lies on: desks made of noise, without a photograph of one."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float32]
"""float32, (height, width) or (height, width, 3), linear light, paper white about 1."""

_WOODS = ((0.28, 0.15, 0.07), (0.42, 0.27, 0.14), (0.12, 0.06, 0.035), (0.5, 0.38, 0.24))
_PLAINS = ((0.05, 0.055, 0.06), (0.3, 0.31, 0.32), (0.1, 0.16, 0.12), (0.08, 0.12, 0.25),
           (0.55, 0.53, 0.5), (0.25, 0.05, 0.05))  # fmt: skip


def smooth(height: int, width: int, rows: int, columns: int, rng: np.random.Generator) -> Field:
    """Soft noise, about -1..1, with `rows` x `columns` independent values across the picture."""
    coarse = rng.uniform(-1.0, 1.0, (max(2, rows), max(2, columns))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def desk(height: int, width: int, rng: np.random.Generator) -> Field:
    """A table top seen from above, (height, width, 3)."""
    kind = int(rng.choice(4, p=(0.42, 0.22, 0.18, 0.18)))
    if kind == 0:
        base = _WOODS[int(rng.integers(len(_WOODS)))]
        grain = _grain(height, width, rng) if rng.random() < 0.5 else _grain(width, height, rng).T
        tone = 1.0 + grain * float(rng.uniform(0.25, 0.5))
    else:
        base = _PLAINS[int(rng.integers(len(_PLAINS)))]
        tone = 1.0 + 0.06 * smooth(height, width, 5, 5, rng)
        if kind == 1:
            coarse = rng.standard_normal((height // 2, width // 2), dtype=np.float32)
            specks = np.asarray(cv2.resize(coarse, (width, height)), dtype=np.float32)
            tone = tone * (1.0 + float(rng.uniform(0.08, 0.3)) * specks)
        elif kind == 2:
            across = np.sin(np.arange(width, dtype=np.float32) * float(rng.uniform(0.9, 1.7)))
            down = np.sin(np.arange(height, dtype=np.float32) * float(rng.uniform(0.9, 1.7)))
            weave = across[None, :] * down[:, None]
            tone = tone * (1.0 + 0.16 * weave + 0.08 * smooth(height, width, height // 4, 8, rng))
    return np.clip(tone, 0.05, 3.0)[:, :, None] * np.asarray(base, dtype=np.float32)


def _grain(height: int, width: int, rng: np.random.Generator) -> Field:
    """Wood grain that runs along the columns: warped rings and fine fibres, about -1..1."""
    warp = smooth(height, width, 3, 5, rng)
    across = np.linspace(0.0, 1.0, width, dtype=np.float32)[None, :]
    rings = np.sin(across * float(rng.uniform(25, 60)) + 3.0 * warp)
    fibres = smooth(height, width, 6, width // 2, rng)
    return np.asarray(0.55 * rings + 0.45 * fibres, dtype=np.float32)
