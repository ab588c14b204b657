"""Figures: how well photographs that were never trained on come back from the autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.pocket.crops import as_pixels, as_tensor
from training.pocket.libraries import Model
from training.pocket.photographs import Photograph, Use

metrics: Any = import_module("skimage.metrics")


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """How well one picture came back: peak signal-to-noise ratio in dB, and SSIM."""

    name: str
    psnr: float
    ssim: float


@torch.no_grad()
def reconstruct(model: Model, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Encode and decode a uint8 RGB picture whose sides are cut to a multiple of 32."""
    height, width = (side - side % 32 for side in pixels.shape[:2])
    picture = as_tensor(pixels[None, :height, :width])
    decoded = as_pixels(model.decode(model.encode(picture).latent_dist.mean).sample)
    return np.asarray(decoded[0], np.uint8)


def reconstructions(model: Model, photographs: Sequence[Photograph]) -> list[Reconstruction]:
    """Figures of all pictures that are held out."""
    results = []
    for photograph in photographs:
        if photograph.use is Use.MEASURE:
            after = reconstruct(model, photograph.pixels)
            before = photograph.pixels[: after.shape[0], : after.shape[1]]
            results.append(
                Reconstruction(
                    photograph.name,
                    float(metrics.peak_signal_noise_ratio(before, after, data_range=255)),
                    float(metrics.structural_similarity(before, after, channel_axis=2)),
                )
            )
    return results
