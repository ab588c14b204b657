"""Joins the two branches: what CLIP means is asked of what DINO sees, guided by DINO's attention.

Forgery-aware feature fusion of FakeReasoning (the MMFR paper):

    B  = MLP(log M)
    A  = softmax(F_C F_D^T / sqrt(d) + B)
    F' = LN(A F_D + F_C)
    F  = LN(FFN(F') + F')

F_C are CLIP's projected tokens (queries), F_D DINO's (keys and values), M the attention of DINO's
last layer. The equations leave these to the published code, and they are kept here: M stays per
head, without the CLS row and column and not normalised again; `MLP` mixes the heads at each pair
of tokens (1x1 convolutions H -> 2H -> H with a GELU); 1e-6 stands inside the logarithm; queries,
keys, values and the joined heads each pass a learned linear map; the inner layer of FFN is four
times as wide, with ReLU; dropout of 0.1. `linear_maps=False` drops the four maps and leaves the
equations as they are printed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

FLOOR = 1e-6


class AttentionBias(nn.Module):
    """`MLP(log M)`: attention maps [n, source_heads, L, L] become biases [n, heads, L, L]."""

    def __init__(self, source_heads: int, heads: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv2d(source_heads, 2 * source_heads, 1),
            nn.GELU(),
            nn.Conv2d(2 * source_heads, heads, 1),
        )

    def forward(self, attention: Tensor) -> Tensor:
        """Bias of every head for every pair of tokens; `attention` holds weights in 0..1."""
        # Half precision cannot hold the floor: the logarithm is taken in single precision.
        logarithm = torch.log(attention.float() + FLOOR)
        bias: Tensor = self.mix(logarithm.type_as(next(self.mix.parameters())))
        return bias


class ForgeryAwareFusion(nn.Module):
    """One layer of cross-attention from CLIP's tokens to DINO's, biased by DINO's attention."""

    def __init__(
        self,
        width: int,
        heads: int,
        source_heads: int,
        *,
        inner: int | None = None,
        dropout: float = 0.1,
        linear_maps: bool = True,
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} does not divide among {heads} heads")
        self.heads = heads
        self.bias = AttentionBias(source_heads, heads)
        self.query = nn.Linear(width, width) if linear_maps else nn.Identity()
        self.key = nn.Linear(width, width) if linear_maps else nn.Identity()
        self.value = nn.Linear(width, width) if linear_maps else nn.Identity()
        self.merge = nn.Linear(width, width) if linear_maps else nn.Identity()
        inner = inner or 4 * width
        self.feed_forward = nn.Sequential(
            nn.Linear(width, inner), nn.ReLU(), nn.Dropout(dropout), nn.Linear(inner, width)
        )
        self.norm_attended = nn.LayerNorm(width)
        self.norm_out = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, clip: Tensor, dino: Tensor, attention: Tensor) -> Tensor:
        """Fuse clip [n, L, width] with dino [n, L, width] under attention [n, H, L, L].

        Returns [n, L, width]: as many tokens as CLIP gave.
        """
        attended = functional.scaled_dot_product_attention(
            self._split(self.query(clip)),
            self._split(self.key(dino)),
            self._split(self.value(dino)),
            attn_mask=self.bias(attention),
            dropout_p=self.dropout.p if self.training else 0.0,
        )
        joined = self.merge(attended.transpose(1, 2).flatten(2))
        middle = self.norm_attended(self.dropout(joined) + clip)
        fused: Tensor = self.norm_out(self.dropout(self.feed_forward(middle)) + middle)
        return fused

    def _split(self, tokens: Tensor) -> Tensor:
        n, length, _ = tokens.shape
        return tokens.reshape(n, length, self.heads, -1).transpose(1, 2)
