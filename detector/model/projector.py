"""Brings the tokens of an encoder to the width at which the branches meet."""

from __future__ import annotations

from torch import Tensor, nn


class Projector(nn.Module):
    """Two linear layers with a GELU between them, as in LLaVA-1.5.

    Liu, Li, Li and Lee, Improved Baselines with Visual Instruction Tuning, 2024.
    Tokens [n, L, inside] become [n, L, outside]; each token on its own.
    """

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(inside, outside), nn.GELU(), nn.Linear(outside, outside)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Project tokens [n, L, inside] to [n, L, outside]."""
        projected: Tensor = self.layers(tokens)
        return projected
