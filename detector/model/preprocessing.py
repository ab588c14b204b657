"""Bytes as the numbers that a pretrained encoder knows, on the encoder's own device."""

from __future__ import annotations

import torch
from torch import Tensor, nn

Channels = tuple[float, float, float]

CLIP_MEAN: Channels = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD: Channels = (0.26862954, 0.26130258, 0.27577711)
IMAGENET_MEAN: Channels = (0.485, 0.456, 0.406)
IMAGENET_STD: Channels = (0.229, 0.224, 0.225)


class Normalised(nn.Module):
    """Bytes as values in 0..1, less a mean and over a deviation, channel by channel."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Channels, deviation: Channels) -> None:
        super().__init__()
        for name, values in {"mean": mean, "deviation": deviation}.items():
            self.register_buffer(name, torch.tensor(values).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Float [n, 3, H, W] of uint8 [n, 3, H, W]; refuses what is no longer bytes."""
        if pixels.dtype != torch.uint8:
            raise ValueError(f"pixels are uint8 here, not {pixels.dtype}: see picture_inputs")
        return (pixels.to(self.mean.dtype) / 255 - self.mean) / self.deviation
