"""Where a sheet lies in the picture: bent, tilted and seen in perspective, exactly invertibly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from sources.rendered.page import SCALE, Points

Field = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Placement:
    """A bend within the sheet and a homography onto the picture.

    A point (u, v) of the page moves to (u, v + amplitude · sin(frequency · u + phase)) and then
    through `homography` (3 rows of 3), both in continuous pixels: a pixel's centre lies at half
    numbers. The bend moves points along v only, so its inverse is exact.
    """

    homography: tuple[tuple[float, float, float], ...]
    amplitude: float
    frequency: float
    phase: float
    folds: tuple[float, ...]

    def forward(self, points: Points) -> Points:
        """Page pixels (n, 2) to picture pixels (n, 2)."""
        u, v = points[:, 0], points[:, 1]
        bent = v + self.amplitude * np.sin(self.frequency * u + self.phase)
        stacked = np.stack([u, bent, np.ones_like(u)]) if u.size else np.zeros((3, 0))
        moved = np.asarray(self.homography) @ stacked
        return np.asarray((moved[:2] / moved[2]).T, dtype=np.float64)

    def maps(self, size: tuple[int, int]) -> tuple[Field, Field]:
        """For every pixel of a picture of `size` (width, height): where on the page it looks."""
        width, height = size
        inverse = np.linalg.inv(np.asarray(self.homography))
        x = (np.arange(width) + 0.5)[None, :]
        y = (np.arange(height) + 0.5)[:, None]
        depth = inverse[2, 0] * x + inverse[2, 1] * y + inverse[2, 2]
        u = (inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]) / depth
        v = (inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]) / depth
        v = v - self.amplitude * np.sin(self.frequency * u + self.phase)
        return (u - 0.5).astype(np.float32), (v - 0.5).astype(np.float32)

    def relief(self, across: Field, down: Field, rng: np.random.Generator) -> Field:
        """How much light the bent and folded sheet sends back, about 1, at each pixel."""
        slope = np.cos(self.frequency * across + self.phase)
        light = 1.0 + 0.004 * abs(self.amplitude) * slope
        for fold in self.folds:
            distance = (down - fold) / np.float32(2.2 * SCALE)
            depth = float(rng.uniform(0.05, 0.14))
            light = light - depth * np.exp(-(distance**2)) * np.sign(distance + 0.4)
            light = light - 0.03 * np.tanh(distance / 20)
        return np.asarray(light, dtype=np.float32)


def place(
    page: tuple[int, int],
    picture: tuple[int, int],
    style: Literal["scan", "photo"],
    condensed: float,
    reach: float,
    rng: np.random.Generator,
) -> Placement:
    """Draw where a page (width, height) lies in a picture (width, height)."""
    width, height = picture
    scale = float(rng.uniform(0.98, 1.03)) / SCALE
    across, down = scale * condensed, scale
    spare_x, spare_y = width - page[0] * across, height - page[1] * down
    left = spare_x * (0.5 + float(rng.uniform(-0.3, 0.3)) * (spare_x > 0))
    if spare_y >= 0:
        top = spare_y * float(rng.uniform(0.15, 0.85))
    else:
        # Show the beginning, the end or something between, but not an empty foot.
        last = min(-spare_y, max(0.0, reach * down + 14 - height))
        top = -last * float(np.clip(rng.uniform(-0.6, 1.6), 0.0, 1.0))
        if top == 0.0 and style == "photo":
            top = float(rng.uniform(0.0, 10.0))
    angle = np.deg2rad(rng.normal(0.0, 1.9 if style == "photo" else 0.4))
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    middle = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]], dtype=np.float64)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], dtype=np.float64)
    lay = np.array([[across, 0, left], [0, down, top], [0, 0, 1]], dtype=np.float64)
    matrix = middle @ turn @ np.linalg.inv(middle) @ lay
    bend = 0.0
    if style == "photo":
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        reachable = 0.022 * min(width, height)
        moved = corners + rng.uniform(-reachable, reachable, (4, 2)).astype(np.float32)
        matrix = np.asarray(cv2.getPerspectiveTransform(corners, moved)) @ matrix
        bend = float(rng.normal(0.0, 2.2)) * SCALE
    matrix = matrix / matrix[2, 2]
    folds = tuple(page[1] * float(rng.uniform(0.25, 0.75)) for _ in range(int(rng.random() < 0.3)))
    return Placement(
        tuple((float(a), float(b), float(c)) for a, b, c in matrix),
        bend,
        float(rng.uniform(0.6, 1.3)) * np.pi / page[0],
        float(rng.uniform(0.0, 6.3)),
        folds,
    )
