"""Square pieces of photographs, as batches that a network is shown."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.pocket.photographs import Photograph, Use

_MAX_SHRINK = 3.0
_SHARE_SHRUNK = 0.5
_SHARE_DOCUMENTS = 0.15


class Crops:
    """Random crops of the photographs that may be trained on.

    Half of the crops are taken at the photograph's own scale, the others are shrunk up to three
    times, for the fine grain of many cameras and for more of the scene. Photographs are drawn
    evenly; documents make up 15 % of the crops.
    """

    def __init__(
        self,
        photographs: Sequence[Photograph],
        side: int,
        seed: int,
        share_shrunk: float = _SHARE_SHRUNK,
    ) -> None:
        fitting = [
            photograph
            for photograph in photographs
            if photograph.use is Use.TRAIN and min(photograph.pixels.shape[:2]) >= side
        ]
        self._scenes = [photograph for photograph in fitting if not photograph.document]
        self._documents = [photograph for photograph in fitting if photograph.document]
        if not self._scenes:
            raise ValueError(f"No photograph for training is at least {side} pixels wide and high.")
        self._side = side
        self._share_shrunk = share_shrunk
        self._random = np.random.default_rng(seed)

    def draw(self) -> tuple[NDArray[np.uint8], bool]:
        """One crop (uint8 RGB, side x side x 3), and whether it is of a document."""
        random = self._random
        document = bool(self._documents) and random.random() < _SHARE_DOCUMENTS
        pool = self._documents if document else self._scenes
        pixels = pool[int(random.integers(len(pool)))].pixels
        height, width = pixels.shape[:2]
        largest = min(_MAX_SHRINK, min(height, width) / self._side)
        shrunk = random.random() < self._share_shrunk
        span = round(self._side * (random.uniform(1, largest) if shrunk else 1))
        top = int(random.integers(height - span + 1))
        left = int(random.integers(width - span + 1))
        crop = pixels[top : top + span, left : left + span]
        if span != self._side:
            size = (self._side, self._side)
            crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
        if not document and random.random() < 0.5:
            crop = crop[:, ::-1]
        return np.ascontiguousarray(crop), document

    def batch(self, count: int) -> torch.Tensor:
        """`count` crops as float32 in [-1, 1], count x 3 x side x side, channels last."""
        return as_tensor(np.stack([self.draw()[0] for _ in range(count)]))


def as_tensor(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """uint8 pictures (n x h x w x 3) as float32 in [-1, 1] (n x 3 x h x w, channels last)."""
    scaled = torch.from_numpy(pixels.astype(np.float32) / 127.5 - 1)
    return scaled.permute(0, 3, 1, 2)


def as_pixels(tensor: torch.Tensor) -> NDArray[np.uint8]:
    """The inverse of `as_tensor`; values outside [-1, 1] are clipped."""
    scaled = tensor.detach().float().cpu().add(1.0).mul(127.5).round().clamp(0, 255)
    return np.asarray(scaled.to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy())
