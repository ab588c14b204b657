"""What a detector is made of, written so that it can be saved, read and swapped part by part."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Part(_Strict):
    """A network of transformers: a checkpoint by name, or the configuration of a random one."""

    checkpoint: str | None = Field(None, description="Name on the Hub, or a folder.")
    revision: str | None = Field(None, description="Commit of the checkpoint.")
    config: dict[str, Any] | None = Field(
        None, description="A transformers configuration with its `model_type`: random weights."
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Part:
        if (self.checkpoint is None) == (self.config is None):
            raise ValueError("give either a checkpoint or a config")
        return self


class LoraConfig(_Strict):
    """Low-rank adaptation of the language model, as FakeReasoning sets it."""

    rank: int = Field(128, ge=1)
    alpha: int = Field(256, ge=1)
    dropout: float = Field(0.05, ge=0, lt=1)


class LanguageConfig(_Strict):
    """The language model that reads the fused tokens and writes the reasoning."""

    model: Part
    image_token: int = Field(description="Id of the placeholder; one stands for each fused token.")
    segmentation_token: int | None = Field(None, description="Id of the token that asks a mask.")
    introduction: tuple[int, ...] = Field(
        min_length=1, description="Ids that introduce the verdict."
    )
    real: tuple[int, ...] = Field(min_length=1, description="Ids of the words for a real picture.")
    fake: tuple[int, ...] = Field(min_length=1, description="Ids of the words for a fake one.")
    temperature: float = Field(10.0, gt=0)
    positions: Literal["greedy", "taught"] = Field(
        "greedy",
        description="Which samples teach the verdict: greedy as published, taught all of them.",
    )
    adaptation: LoraConfig | Literal["full", "frozen"] = LoraConfig()


class DetectorConfig(_Strict):
    """All of a detector."""

    clip: Part
    dino: Part
    image_size: int = Field(336, ge=1, description="Side of the square that CLIP sees, px.")
    width: int = Field(1024, ge=1, description="Width of the fused tokens.")
    heads: int = Field(16, ge=1, description="Heads of the fusion.")
    dropout: float = Field(0.1, ge=0, lt=1)
    linear_maps: bool = True
    probability_head: bool = True
    mask_head: bool = True
    mask_scale: int = Field(4, ge=1, description="Mask pixels along the side of a token.")
    language: LanguageConfig | None = None
    localiser: Part | None = Field(None, description="A SAM 2 network.")
    train_sam_encoder: bool = False
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="Of the losses label, bce, dice, language, verdict; 1 where not named.",
    )

    @model_validator(mode="after")
    def _joined(self) -> DetectorConfig:
        asks = self.language is not None and self.language.segmentation_token is not None
        if self.localiser is not None and not asks:
            raise ValueError(
                "the localiser needs a language model with a segmentation_token; "
                "without one use mask_head"
            )
        return self
