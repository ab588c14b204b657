"""What looks at a view and gives visual tokens: two encoders fused, or InternVL's own tower.

Both are used alike: `width` of a token, `grid` of a view, and uint8 views become tokens.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, InternVLForConditionalGeneration

from detector.model.backbones import ClipBranch, DinoBranch, Encoder, load
from detector.model.config import Dual, Part
from detector.model.fusion import ForgeryAwareFusion
from detector.model.preprocessing import (
    CLIP_MEAN,
    CLIP_STD,
    IMAGENET_MEAN,
    IMAGENET_STD,
    Normalised,
)
from detector.model.projector import Projector
from detector.model.traces import Traces


class DualEyes(nn.Module):
    """FakeReasoning's: CLIP and DINO see the same pixels, normalised for CLIP, and are fused."""

    def __init__(self, config: Dual, width: int, *, learns: bool = False) -> None:
        super().__init__()
        self.width = width
        self.normalised = Normalised(CLIP_MEAN, CLIP_STD)
        self.traces = Traces() if config.traces else None
        self.clip = ClipBranch(config.clip, learns=learns)
        self.dino = DinoBranch(config.dino, learns=learns)
        if config.traces and self.clip.patch != self.dino.patch:
            raise ValueError("traces cannot be resampled: both encoders need patches of one size")
        self.clip_projector = Projector(self.clip.width, width)
        self.dino_projector = Projector(self.dino.width, width)
        self.fusion = ForgeryAwareFusion(
            width,
            config.heads,
            self.dino.heads,
            dropout=config.dropout,
            linear_maps=config.linear_maps,
        )

    def grid(self, size: int) -> tuple[int, int]:
        """Rows and columns of the tokens of a view of `size` px: CLIP's patches."""
        return size // self.clip.patch, size // self.clip.patch

    def forward(self, pixels: Tensor) -> Tensor:
        """Fused tokens [n, rows * columns, width] of views uint8 [n, 3, S, S]."""
        normal = self.normalised(pixels)
        clip = self.clip(normal)
        drawn = normal if self.traces is None else self.traces(pixels)
        dino = self.dino(drawn, self.grid(pixels.shape[-1]))
        fused: Tensor = self.fusion(
            self.clip_projector(clip), self.dino_projector(dino.tokens), dino.attention
        )
        return fused


class InternEyes(Encoder):
    """InternVL's vision tower and connector, which makes one token of 2 x 2 patches.

    Chen et al., How Far Are We to GPT-4V?, 2024. Tower and connector learn together or not at all.
    """

    def __init__(self, model: Any, *, learns: bool = False) -> None:
        super().__init__(learns=learns)
        self.model = model
        self.normalised = Normalised(IMAGENET_MEAN, IMAGENET_STD)
        own = model.config
        self.width: int = own.text_config.hidden_size
        self.stride = int(own.vision_config.patch_size[0] / own.downsample_ratio)
        model.vision_tower.embeddings.mask_token = None
        self.settle()

    def grid(self, size: int) -> tuple[int, int]:
        """Rows and columns of the tokens of a view of `size` px."""
        return size // self.stride, size // self.stride

    def forward(self, pixels: Tensor) -> Tensor:
        """Tokens [n, rows * columns, width] of views uint8 [n, 3, S, S]."""
        with self.looking():
            tokens: Tensor = self.model.get_image_features(
                pixel_values=self.normalised(pixels)
            ).pooler_output
        return tokens


def internvl(part: Part, *, learns: bool = False) -> tuple[InternEyes, Any]:
    """An InternVL taken apart: its eyes, and its language model as one that stands alone."""
    whole = load(part, InternVLForConditionalGeneration)
    text = whole.config.text_config
    text.tie_word_embeddings = whole.config.tie_word_embeddings
    language = _without_weights(text)
    language.model = whole.model.language_model
    language.lm_head = whole.lm_head
    language.generation_config = whole.generation_config
    del whole.model.language_model
    return InternEyes(whole.model, learns=learns), language


def _without_weights(config: Any) -> Any:
    """A causal language model without weights: only its way of reading and writing is wanted."""
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(config)
