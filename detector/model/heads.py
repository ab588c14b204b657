"""Answers without a language model: a linear probability and a mask, from the fused tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from detector.model.traces import Traces


class ProbabilityHead(nn.Module):
    """A linear layer on what the tokens of all of a picture's views hold on average and at most.

    The maximum stands beside the mean because a small forgery moves a few tokens of hundreds.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(2 * width, 1)

    def forward(self, tokens: Tensor, counts: Tensor) -> Tensor:
        """Logit of "fake" [n] from the tokens [sum of k, L, width] of counts int64 [n] views."""
        own = [views.flatten(0, 1) for views in torch.split(tokens, counts.tolist())]
        pooled = torch.stack([torch.cat([one.mean(0), one.amax(0)]) for one in own])
        logit: Tensor = self.linear(pooled)
        return logit[:, 0]


class MaskHead(nn.Module):
    """Each token draws a square of the mask, after a look at its neighbours.

    `scale` is the side of the square: the mask has `scale` times the tokens' grid.
    """

    def __init__(self, width: int, *, inner: int | None = None, scale: int = 4) -> None:
        super().__init__()
        self.scale = scale
        inner = min(width, 256) if inner is None else inner
        self.layers = nn.Sequential(
            nn.Conv2d(width, inner, 1),
            nn.GELU(),
            nn.Conv2d(inner, inner, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(inner, scale * scale, 1),
        )

    def forward(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """Mask logits [n, rows * scale, columns * scale] from tokens [n, rows * columns, width]."""
        return functional.pixel_shuffle(self.layers(_picture(tokens, grid)), self.scale)[:, 0]


class DetailedMaskHead(nn.Module):
    """A mask of sharp outlines from large patches: the tokens at the bottom of a small U-Net.

    Ronneberger, Fischer and Brox, U-Net, 2015. It sees pixels and their traces in cells of a
    quarter of a `patch`, goes down to the tokens, which it adds, and up again; each cell then draws
    a square of the mask. `patch` is a multiple of 8 px, `scale` (mask pixels along a token) of 4.
    """

    widths = (64, 96, 128)

    def __init__(self, width: int, *, patch: int, scale: int) -> None:
        super().__init__()
        if patch % 8 or scale % 4:
            raise ValueError(f"patches of {patch} px and a scale of {scale} are not 8ths and 4ths")
        fine, middle, coarse = self.widths
        self.scale = scale // 4
        self.traces = Traces()
        self.cells = nn.Sequential(
            nn.Conv2d(6, fine // 2, patch // 8, patch // 8),
            nn.GELU(),
            nn.Conv2d(fine // 2, fine, 2, 2),
        )
        self.down_fine = _Neighbours(fine)
        self.to_middle = nn.Conv2d(fine, middle, 2, 2)
        self.down_middle = _Neighbours(middle)
        self.to_coarse = nn.Conv2d(middle, coarse, 2, 2)
        self.tokens = nn.Conv2d(width, coarse, 1)
        self.bottom = nn.Sequential(_Neighbours(coarse), _Neighbours(coarse))
        self.from_coarse = nn.ConvTranspose2d(coarse, middle, 2, 2)
        self.up_middle = _Neighbours(middle)
        self.from_middle = nn.ConvTranspose2d(middle, fine, 2, 2)
        self.up_fine = _Neighbours(fine)
        last = nn.Conv2d(4 * fine, self.scale**2, 1)
        # Few pixels are forged: a head that begins there need not learn it first (Lin et al., Focal
        # Loss for Dense Object Detection, 2017).
        assert last.bias is not None
        nn.init.constant_(last.bias, -3.0)
        self.draw = nn.Sequential(
            nn.GroupNorm(8, fine), nn.Conv2d(fine, 4 * fine, 1), nn.GELU(), last
        )

    def forward(self, tokens: Tensor, grid: tuple[int, int], pixels: Tensor) -> Tensor:
        """Mask logits [n, rows * scale, columns * scale] with `pixels` uint8 [n, 3, S, S]."""
        coloured = pixels.to(self.traces.cosines.dtype) / 127.5 - 1
        fine = self.down_fine(self.cells(torch.cat([coloured, self.traces(pixels)], dim=1)))
        middle = self.down_middle(self.to_middle(fine))
        coarse = self.bottom(self.to_coarse(middle) + self.tokens(_picture(tokens, grid)))
        middle = self.up_middle(middle + self.from_coarse(coarse))
        fine = self.up_fine(fine + self.from_middle(middle))
        return functional.pixel_shuffle(self.draw(fine), self.scale)[:, 0]


class _Neighbours(nn.Module):
    """A residual look at the cells around each cell."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(8, width),
            nn.Conv2d(width, width, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(width, width, 1),
        )

    def forward(self, cells: Tensor) -> Tensor:
        seen: Tensor = cells + self.layers(cells)
        return seen


def _picture(tokens: Tensor, grid: tuple[int, int]) -> Tensor:
    """Tokens [n, rows * columns, width] as [n, width, rows, columns]."""
    rows, columns = grid
    if tokens.shape[1] != rows * columns:
        raise ValueError(f"{tokens.shape[1]} tokens do not fill a grid of {rows} x {columns}")
    return tokens.transpose(1, 2).reshape(len(tokens), -1, rows, columns)
