"""Sets text on the page: where its letters stand in a word's frame, how large and how soft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np

from generators.document.faces import EM, Bitmap, draw_text
from generators.document.geometry import Array


@dataclass(frozen=True, slots=True)
class Lettering:
    """How a text is set in a frame.

    `left`, `baseline`: where the ink begins and its letters stand, in frame units; `across` and
    `down`: frame units a bitmap pixel; `tilt`: fall of the baseline, frame units a frame unit;
    `blur`: standard deviation of its softness, in frame units; `gain`: greatest ink depth.
    """

    face: str
    left: float
    baseline: float
    across: float
    down: float
    tilt: float = 0.0
    blur: float = 0.6
    gain: float = 1.0

    @property
    def size(self) -> float:
        """The em, in frame units."""
        return EM * self.down

    def width(self, text: str) -> float:
        """Width of the ink of `text`, in frame units; 0 where it has none."""
        bitmap = draw_text(self.face, text)
        return 0.0 if bitmap is None else (bitmap.box[2] - bitmap.box[0]) * self.across

    def extent(self, text: str) -> tuple[float, float]:
        """How far the ink of `text` reaches above and below the baseline, in frame units."""
        bitmap = draw_text(self.face, text)
        if bitmap is None:
            return 0.0, 0.0
        return (
            (bitmap.baseline - bitmap.box[1]) * self.down,
            (bitmap.box[3] - bitmap.baseline) * self.down,
        )

    def moved_to(self, left: float) -> Self:
        """The same on the same baseline, the ink beginning at `left`."""
        fall = self.tilt * (left - self.left)
        return replace(self, left=left, baseline=self.baseline + fall)

    def depth(self, text: str, u: Array, v: Array) -> Array:
        """Ink depth (float32, 0 where there is none) at the frame coordinates `u`, `v`."""
        bitmap = draw_text(self.face, text)
        if bitmap is None:
            return np.zeros_like(u)
        return sample(bitmap, self, u, v) * np.float32(self.gain)


def sample(bitmap: Bitmap, how: Lettering, u: Array, v: Array) -> Array:
    """The coverage (float32, 0..1) of `bitmap`, set as `how` says, at frame coordinates."""
    along = u - np.float32(how.left)
    columns = along / np.float32(how.across) + np.float32(bitmap.box[0] - 0.5)
    below = v - np.float32(how.baseline) - np.float32(how.tilt) * along
    rows = below / np.float32(how.down) + np.float32(bitmap.baseline - 0.5)
    soft = cv2.GaussianBlur(
        bitmap.coverage,
        (0, 0),
        sigmaX=max(how.blur / how.across, 0.3),
        sigmaY=max(how.blur / how.down, 0.3),
        borderType=cv2.BORDER_CONSTANT,
    )
    return np.asarray(
        cv2.remap(soft, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    )
