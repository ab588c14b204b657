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


class Views(_Strict):
    """The squares of `image_size` px in which a picture is shown to the network.

    whole: one, the picture on a square, resized. tiles: windows at the picture's own resolution;
    a smaller picture is padded, one that would need more than `most` is shrunk until it does not.
    grid: InternVL's dynamic tiling, the picture stretched over the grid nearest to its shape.
    """

    kind: Literal["whole", "tiles", "grid"] = "whole"
    most: int = Field(12, ge=1, description="Tiles of a picture, the thumbnail not counted.")
    overlap: float = Field(0.0, ge=0, lt=1, description="Least share that neighbours have in two.")
    thumbnail: bool = Field(True, description="The whole comes last where there are two or more.")


class Dual(_Strict):
    """The eyes of FakeReasoning: CLIP's tokens ask DINO's, guided by DINO's attention."""

    clip: Part
    dino: Part
    heads: int = Field(16, ge=1, description="Heads of the fusion.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Of the fusion.")
    linear_maps: bool = Field(
        True, description="Learned maps around the attention, as published; the paper prints none."
    )
    traces: bool = Field(
        False, description="DINO sees what high-pass filters leave: for encoders not yet trained."
    )


class LoraConfig(_Strict):
    """Low-rank adaptation of the language model, as FakeReasoning sets it."""

    rank: int = Field(128, ge=1)
    alpha: int = Field(256, ge=1)
    dropout: float = Field(0.05, ge=0, lt=1, description="Of the additions' input.")


Adaptation = LoraConfig | Literal["full", "frozen"]


class LanguageConfig(_Strict):
    """The language model that reads the fused tokens and writes the reasoning."""

    model: Part
    image_token: int = Field(description="Id of the placeholder; one stands for each fused token.")
    segmentation_token: int | None = Field(None, description="Id of the token that asks a mask.")
    introduction: tuple[int, ...] = Field(
        (), description="Ids that introduce the verdict; none where the answer begins with it."
    )
    real: tuple[int, ...] = Field(min_length=1, description="Ids of the words for a real picture.")
    fake: tuple[int, ...] = Field(min_length=1, description="Ids of the words for a fake one.")
    end_token: int | None = Field(None, description="Id that ends a text; None: the model's own.")
    vocabulary: int | None = Field(
        None, ge=1, description="Words of the tokenizer, where it has more than the model."
    )
    added: tuple[int, ...] = Field(
        (), description="Ids that the model does not know: they learn even under LoRA."
    )
    temperature: float = Field(
        10.0, gt=0, description="What the logits of the verdict's words are divided by."
    )
    positions: Literal["greedy", "taught"] = Field(
        "greedy",
        description="Which samples teach the verdict: greedy as published, taught all of them.",
    )
    adaptation: Adaptation = LoraConfig()
    gradient_checkpointing: bool = Field(False, description="Slower, in a fraction of the memory.")


class DetectorConfig(_Strict):
    """All of a detector."""

    eyes: Dual | Literal["internvl"] = Field(
        description="Two encoders, or those of the language model, which is then an InternVL."
    )
    image_size: int = Field(336, ge=1, description="Side of the squares that the eyes see, px.")
    views: Views = Views()
    train_encoders: bool = Field(
        False, description="Random encoders know nothing yet; full fine-tuning wants it as well."
    )
    width: int = Field(1024, ge=1, description="Width of the fused tokens.")
    probability_head: bool = Field(
        True, description="A linear probability, of account where no text is read."
    )
    mask_head: bool = Field(True, description="Masks straight from the tokens.")
    mask_detail: bool = Field(
        False, description="The mask head sees the pixels as well: sharp outlines, large patches."
    )
    mask_scale: int = Field(4, ge=1, description="Mask pixels along the side of a token.")
    language: LanguageConfig | None = None
    localiser: Part | None = Field(None, description="A SAM 2 network.")
    train_sam_encoder: bool = Field(False, description="Else its mask decoder learns alone.")
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="Of the losses label, bce, dice, language, verdict; 1 where not named.",
    )

    forged_share: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Of a mask's cross-entropy, what its forged pixels count for, however few; "
        "null: as many as they are, as published. A tenth keeps small forgeries from being given "
        "up.",
    )

    @model_validator(mode="after")
    def _joined(self) -> DetectorConfig:
        asks = self.language is not None and self.language.segmentation_token is not None
        if self.localiser is not None and not asks:
            raise ValueError(
                "the localiser needs a language model with a segmentation_token; "
                "without one use mask_head"
            )
        if self.localiser is not None and self.mask_head:
            raise ValueError("masks come from the mask_head or from the localiser: switch one off")
        if self.eyes == "internvl" and self.language is None:
            raise ValueError("the eyes of InternVL come with its language model: configure it")
        return self
