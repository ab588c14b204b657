"""Answers without a language model: a linear probability and a mask, from the fused tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


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
        rows, columns = grid
        if tokens.shape[1] != rows * columns:
            raise ValueError(f"{tokens.shape[1]} tokens do not fill a grid of {rows} x {columns}")
        picture = tokens.transpose(1, 2).reshape(len(tokens), -1, rows, columns)
        return functional.pixel_shuffle(self.layers(picture), self.scale)[:, 0]
