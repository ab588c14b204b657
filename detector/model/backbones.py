"""The two encoders: CLIP for what a picture shows, DINO for how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, CLIPVisionModel

from detector.model.config import Part
from detector.model.geometry import settings
from schemas.errors import CounterfoilError

_DINO = {"dinov2", "dinov2_with_registers", "dinov3_vit"}


@dataclass(frozen=True, slots=True)
class Attended:
    """DINO's view: tokens [n, L, C], and the last layer's attention among them [n, H, L, L]."""

    tokens: Tensor
    attention: Tensor


class Encoder(nn.Module):
    """A network that looks; frozen, it never learns nor leaves evaluation mode."""

    model: Any

    def __init__(self, *, learns: bool) -> None:
        super().__init__()
        self.learns = learns

    def train(self, mode: bool = True) -> Encoder:
        """Set the mode of one that learns; a frozen one stays in evaluation mode."""
        super().train(mode and self.learns)
        return self

    def settle(self) -> None:
        """Freeze, or let learn, all that is in it; what forward leaves unused is to be gone."""
        self.requires_grad_(self.learns)
        self.train(False)

    def looking(self) -> torch.set_grad_enabled:
        """A context in which gradients are kept if it learns and its caller keeps them."""
        return torch.set_grad_enabled(self.learns and torch.is_grad_enabled())


class ClipBranch(Encoder):
    """Patch tokens of CLIP's last layer but one, as LLaVA reads them."""

    def __init__(self, part: Part, *, learns: bool = False) -> None:
        super().__init__(learns=learns)
        self.model = load(part, CLIPVisionModel, kind="vision_config")
        self.width: int = self.model.config.hidden_size
        self.patch: int = self.model.config.patch_size
        # Nobody asks what comes after the last layer but one.
        del self.model.encoder.layers[-1]
        self.model.post_layernorm = nn.Identity()
        self.settle()

    def forward(self, pixels: Tensor) -> Tensor:
        """Tokens [n, L, C] of pixels [n, 3, H, W], normalised for CLIP; CLS is dropped."""
        native = self.model.config.image_size
        with self.looking():
            seen = self.model(
                pixel_values=pixels,
                interpolate_pos_encoding=tuple(pixels.shape[-2:]) != (native, native),
            )
        tokens: Tensor = seen.last_hidden_state[:, 1:]
        return tokens


class DinoBranch(Encoder):
    """Patch tokens and attention of the last layer of DINOv2, with or without registers, or DINOv3.

    Tokens are taken before the final norm, as the published code of FakeReasoning does. Where the
    size of a patch differs from CLIP's, the picture is resampled so that the grids agree.
    """

    def __init__(self, part: Part, *, learns: bool = False) -> None:
        super().__init__(learns=learns)
        # Only the eager attention tells its weights.
        self.model = load(part, AutoModel, attn_implementation="eager")
        known = self.model.config
        if known.model_type not in _DINO:
            raise CounterfoilError(
                f"{known.model_type} is no DINO encoder; known: {', '.join(sorted(_DINO))}"
            )
        self.width: int = known.hidden_size
        self.heads: int = known.num_attention_heads
        self.patch: int = known.patch_size
        self.extra: int = 1 + getattr(known, "num_register_tokens", 0)
        final = "norm" if known.model_type == "dinov3_vit" else "layernorm"
        setattr(self.model, final, nn.Identity())
        # Masked patches belong to DINO's own training.
        self.model.embeddings.mask_token = None
        self.settle()

    def forward(self, pixels: Tensor, grid: tuple[int, int]) -> Attended:
        """See pixels [n, 3, H, W] as `grid` (rows, columns) of patches, row by row.

        CLS and registers are dropped from the tokens and from both sides of the attention, whose
        rows therefore sum to less than one.
        """
        size = (grid[0] * self.patch, grid[1] * self.patch)
        if tuple(pixels.shape[-2:]) != size:
            pixels = functional.interpolate(
                pixels.float(), size=size, mode="bicubic", antialias=True, align_corners=False
            ).to(pixels.dtype)
        kept: dict[str, Tensor] = {}

        def keep_attention(_module: nn.Module, _inputs: Any, output: Any) -> None:
            kept["attention"] = output[1]

        # A hook on the last layer alone: `output_attentions` would hold those of every layer.
        handle = self._last_layer().attention.register_forward_hook(keep_attention)
        try:
            with self.looking():
                tokens = self.model(pixel_values=pixels).last_hidden_state
        finally:
            handle.remove()
        extra = self.extra
        return Attended(tokens[:, extra:], kept["attention"][:, :, extra:, extra:])

    def _last_layer(self) -> Any:
        model = self.model
        encoder = model.model if model.config.model_type == "dinov3_vit" else model.encoder
        return encoder.layer[-1]


def load(part: Part, family: Any, *, kind: str | None = None, **options: Any) -> Any:
    """The network that `part` names, in single precision, by an auto class or a model class.

    kind: the field of a composite configuration that holds the wanted part's own.
    """
    if part.checkpoint is not None:
        return family.from_pretrained(
            part.checkpoint, revision=part.revision, dtype=torch.float32, **options
        )
    config = settings(part)
    if kind is not None:
        config = getattr(config, kind, config)
    if hasattr(family, "from_config"):
        return family.from_config(config, **options)
    return family._from_config(config, **options)
