"""What is left of a picture when what it shows is taken away: where a small encoder should look.

The spectrum of natural pictures falls so steeply that a random encoder learns what they show long
before it notices how they were made. Here every frequency weighs about alike: the blocks of 8 x 8
px in which JPEG works are replaced by how strong each of their frequencies is, as detectors of
double compression see them (Kwon et al., Learning JPEG Compression Artifacts for Image Manipulation
Detection and Localization, 2022), and beside them stands the residual of a high-pass filter
(Fridrich and Kodovsky, Rich Models for Steganalysis of Digital Images, 2012).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

BLOCK = 8


class Traces(nn.Module):
    """Bytes to three channels: frequencies of brightness, of colour, and the strength of noise."""

    cosines: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("cosines", _cosines(), persistent=False)

    @torch.no_grad()
    def forward(self, pixels: Tensor) -> Tensor:
        """Float [n, 3, H, W], about -2..4, of RGB uint8 [n, 3, H, W]; H and W are whole blocks."""
        red, green, blue = pixels.to(self.cosines.dtype).chunk(3, dim=1)
        grey = 0.299 * red + 0.587 * green + 0.114 * blue
        padded = functional.pad(grey, (1, 1, 1, 1), mode="replicate")
        noise = padded.diff(n=2, dim=-1).diff(n=2, dim=-2) / 4
        seen = [self._frequencies(grey - 128), self._frequencies(red - blue), noise]
        return torch.log1p(torch.cat(seen, dim=1).abs()) - 2

    def _frequencies(self, channel: Tensor) -> Tensor:
        """Every block's cosine transform in the block's place, [n, 1, H, W]."""
        blocks = functional.pixel_unshuffle(channel, BLOCK)
        transformed = (self.cosines @ blocks.flatten(2)).view_as(blocks)
        return functional.pixel_shuffle(transformed, BLOCK)


def _cosines() -> Tensor:
    """The orthonormal cosine transform of a flat block [64, 64], each row times its frequency.

    Natural amplitudes fall as one over the frequency. The mean, which has none, counts little.
    """
    at = torch.arange(BLOCK)
    basis = torch.cos(math.pi / BLOCK * (at[None] + 0.5) * at[:, None]) * math.sqrt(2 / BLOCK)
    basis[0] /= math.sqrt(2)
    frequency = torch.hypot(at[:, None].float(), at[None].float())
    frequency[0, 0] = 1 / 16
    return torch.einsum("uy,vx,uv->uvyx", basis, basis, frequency).reshape(BLOCK**2, BLOCK**2)
