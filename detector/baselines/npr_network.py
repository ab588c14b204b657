"""NPR's network: what is left of a picture after nearest-neighbour resampling, and a short ResNet.

Tan, Zhao, Wei, Gu, Liu & Wei (2024), "Rethinking the Up-Sampling Operations in CNN-based
Generative Network for Generalizable Deepfake Detection", CVPR, arXiv:2312.10461.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import ResNetConfig, ResNetModel

# ImageNet's, by which the published code scales pixels. Its means cancel in the residual.
_STD = (0.229, 0.224, 0.225)
_GAIN = 2 / 3


def neighbouring_relations(pixels: Tensor) -> Tensor:
    """`x - up(down(x))`, nearest neighbour by 2: each pixel less the upper left of its 2 x 2 cell.

    pixels: [..., h, w]; a last odd row or column, which has no whole cell, is left out.
    """
    height, width = pixels.shape[-2] // 2 * 2, pixels.shape[-1] // 2 * 2
    pixels = pixels[..., :height, :width]
    corners = pixels[..., ::2, ::2]
    return pixels - corners.repeat_interleave(2, dim=-2).repeat_interleave(2, dim=-1)


class NprNetwork(nn.Module):
    """The residual in, one logit out: above 0 the picture is rather fake.

    As published with `width` 64 and `depths` (3, 4): a ResNet-50 whose first convolution is 3 x 3
    (stride 2, then max pooling) and whose last two stages are left out; global average pooling
    and a linear layer on its 512 channels. He initialisation; no pretrained weights.
    """

    def __init__(self, width: int = 64, depths: tuple[int, ...] = (3, 4)) -> None:
        super().__init__()
        widths = [width * 4 * 2**stage for stage in range(len(depths))]
        config = ResNetConfig(
            embedding_size=width,
            hidden_sizes=widths,
            depths=list(depths),
            layer_type="bottleneck",
        )
        self.body = ResNetModel(config)
        stem = nn.Conv2d(3, width, kernel_size=3, stride=2, padding=1, bias=False)
        nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")
        self.body.embedder.embedder.convolution = stem
        self.head = nn.Linear(widths[-1], 1)
        scale = _GAIN / (255 * torch.tensor(_STD)).view(3, 1, 1)
        self.register_buffer("scale", scale, persistent=False)
        self.scale: Tensor

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits [n] of RGB uint8 [n, 3, h, w], h and w at least 2."""
        residual = neighbouring_relations(pixels.float() * self.scale)
        pooled: Tensor = self.body(residual).pooler_output
        logits: Tensor = self.head(pooled.flatten(1)).squeeze(1)
        return logits
