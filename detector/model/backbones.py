"""The two frozen encoders: CLIP for what a picture shows, DINO for how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, CLIPVisionModel

from detector.model.config import Part
from schemas.errors import CounterfoilError

_DINO = {"dinov2", "dinov2_with_registers", "dinov3_vit"}


@dataclass(frozen=True, slots=True)
class Attended:
    """DINO's view: tokens [n, L, C], and the last layer's attention among them [n, H, L, L]."""

    tokens: Tensor
    attention: Tensor


class _Frozen(nn.Module):
    """Never learns, and never leaves evaluation mode, whatever its parents are told."""

    model: Any

    def train(self, mode: bool = True) -> _Frozen:
        """Stay in evaluation mode."""
        del mode
        super().train(False)
        return self

    def _freeze(self) -> None:
        self.requires_grad_(False)
        self.train(False)


class ClipBranch(_Frozen):
    """Patch tokens of CLIP's last layer but one, as LLaVA reads them."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.model = load(part, CLIPVisionModel, kind="vision_config")
        self.width: int = self.model.config.hidden_size
        self.patch: int = self.model.config.patch_size
        self._freeze()

    @torch.no_grad()
    def forward(self, pixels: Tensor) -> Tensor:
        """Tokens [n, L, C] of pixels [n, 3, H, W], normalised for CLIP; CLS is dropped."""
        native = self.model.config.image_size
        seen = self.model(
            pixel_values=pixels,
            output_hidden_states=True,
            interpolate_pos_encoding=tuple(pixels.shape[-2:]) != (native, native),
        )
        tokens: Tensor = seen.hidden_states[-2][:, 1:]
        return tokens


class DinoBranch(_Frozen):
    """Patch tokens and attention of the last layer of DINOv2, with or without registers, or DINOv3.

    Tokens are taken before the final norm, as the published code of FakeReasoning does. Where the
    size of a patch differs from CLIP's, the picture is resampled so that the grids agree.
    """

    def __init__(self, part: Part) -> None:
        super().__init__()
        # Only the eager attention tells its weights.
        self.model = load(part, AutoModel, attn_implementation="eager")
        settings = self.model.config
        if settings.model_type not in _DINO:
            raise CounterfoilError(
                f"{settings.model_type} is no DINO encoder; known: {', '.join(sorted(_DINO))}"
            )
        self.width: int = settings.hidden_size
        self.heads: int = settings.num_attention_heads
        self.patch: int = settings.patch_size
        self.extra: int = 1 + getattr(settings, "num_register_tokens", 0)
        self._freeze()

    @torch.no_grad()
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

        def keep_tokens(_module: nn.Module, _inputs: Any, output: Any) -> None:
            kept["tokens"] = output[0] if isinstance(output, tuple) else output

        def keep_attention(_module: nn.Module, _inputs: Any, output: Any) -> None:
            kept["attention"] = output[1]

        # Hooks on the last layer alone: `output_attentions` would hold those of every layer.
        last = self._last_layer()
        handles = [
            last.register_forward_hook(keep_tokens),
            last.attention.register_forward_hook(keep_attention),
        ]
        try:
            self.model(pixel_values=pixels)
        finally:
            for handle in handles:
                handle.remove()
        extra = self.extra
        return Attended(kept["tokens"][:, extra:], kept["attention"][:, :, extra:, extra:])

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
    settings = dict(part.config or {})
    name = settings.pop("model_type", None)
    if name is None:
        raise CounterfoilError("the config of a part must name its model_type")
    config = AutoConfig.for_model(name, **settings)
    if kind is not None:
        config = getattr(config, kind, config)
    if hasattr(family, "from_config"):
        return family.from_config(config, **options)
    return family._from_config(config, **options)
