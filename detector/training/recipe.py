"""What a training recipe can say; the defaults are FakeReasoning's (arXiv 2503.21210, III-B)."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from detector.model.config import DetectorConfig, LoraConfig
from detector.perturbations.grid import PERTURBATIONS_BY_NAME
from detector.text.templates import Form

Preset = Literal["fakereasoning", "unified", "heads", "tiny", "tiny_heads"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(_Strict):
    """What is trained on."""

    dataset: str | None = Field(
        None, description="The published set or its run folder, a path or URL; --data overrides it."
    )
    config: str = Field("default", description="The configuration of the set.")
    split: str = Field("train", description="The split that is learnt from.")
    validation_split: str | None = Field(
        "validation", description="The split that progress is measured on; null measures nothing."
    )
    mask: Literal["mask_applied", "mask_observed"] = Field(
        "mask_applied", description="Which of the masks is taught."
    )
    balance: Literal["operation", "domain", "generator"] | None = Field(
        "operation",
        description="The column whose values are drawn equally often; null takes every row once.",
    )
    real_share: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="The share of authentic pictures among those drawn, where rows are balanced by "
        "what only forgeries have: operation or generator.",
    )
    limit: int | None = Field(
        None, ge=1, description="Learn from so many rows, evenly drawn; null takes all."
    )


class Augmentation(_Strict):
    """What happens to pictures on their way in; masks move with them."""

    probability: float = Field(0.5, ge=0, le=1, description="The share of pictures that change.")
    operations: dict[str, tuple[float, float]] = Field(
        default_factory=lambda: {
            "jpeg": (60.0, 100.0),
            "webp": (60.0, 100.0),
            "resize": (0.5, 1.5),
            "gaussian_blur": (1.0, 7.0),
            "gaussian_noise": (0.0, 11.0),
            "brightness": (0.75, 1.5),
            "contrast": (0.75, 1.5),
            "saturation": (0.5, 1.5),
        },
        description="The perturbations of which one is drawn, each with the least and the greatest "
        "of its level.",
    )

    @field_validator("operations")
    @classmethod
    def _known(cls, operations: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for name, (least, greatest) in operations.items():
            if name not in PERTURBATIONS_BY_NAME:
                known = ", ".join(PERTURBATIONS_BY_NAME)
                raise ValueError(f"there is no perturbation {name!r}; known are {known}")
            if least > greatest:
                raise ValueError(f"{name}: the least level comes first, not {least} of {greatest}")
        return operations


class Text(_Strict):
    """What the language model is asked and taught; of no account without one."""

    form: Form | None = Field(
        None,
        description="reasoning: MMFR's chain of thought; verdict: ten questions, answered by Yes "
        "or No and their like. null: verdict for `unified`, else reasoning.",
    )
    length: int = Field(
        2048, ge=64, description="Tokens of question, picture and answer together, at most."
    )
    vocabulary: int = Field(
        1024,
        ge=300,
        description="Tokens that are learnt from the texts, where the language model is a config.",
    )


class Optimisation(_Strict):
    """How the weights move."""

    epochs: float = Field(3, gt=0, description="How often the rows are gone through.")
    batch: int = Field(
        128, ge=1, description="Pictures behind one step, of all processes together."
    )
    per_device: int = Field(
        8,
        ge=1,
        description="Pictures that a process takes at a time; gradients are accumulated up to "
        "`batch`.",
    )
    learning_rate: float = Field(2e-5, gt=0, description="At its greatest.")
    factors: dict[str, float] = Field(
        default_factory=dict,
        description="Of the learning rate, by how the names of weights begin: {localiser: 0.5}.",
    )
    schedule: Literal["cosine", "linear", "constant"] = Field(
        "cosine", description="How the learning rate falls after the warm-up."
    )
    warm_up: float = Field(0.03, ge=0, lt=1, description="The share of the steps it rises in.")
    betas: tuple[float, float] = Field((0.9, 0.999), description="Of AdamW.")
    weight_decay: float = Field(
        0.0, ge=0, description="Of AdamW; biases, norms and embeddings have none."
    )
    clip: float = Field(1.0, gt=0, description="The greatest norm of the gradient.")
    precision: Literal["bf16", "fp16", "no"] = Field(
        "bf16", description="Of the arithmetic on an accelerator; a CPU computes in float32."
    )


class Watching(_Strict):
    """When something is written down."""

    log_every: int = Field(10, ge=1, description="Steps between the points of the loss curve.")
    checkpoint_every: int = Field(
        200, ge=1, description="Steps between checkpoints: what a killed training loses at most."
    )
    keep: int = Field(2, ge=1, description="How many checkpoints are kept.")
    validate_every: int = Field(200, ge=1, description="Steps between looks at the validation set.")
    validation_pictures: int = Field(
        256, ge=2, description="How many of it are looked at, evenly drawn."
    )
    trackers: tuple[str, ...] = Field(
        (), description="Trackers of accelerate that are told as well: tensorboard, wandb, …"
    )


class TrainingRecipe(_Strict):
    """A training from beginning to end."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Names the folder that is written to."
    )
    detector: Preset | DetectorConfig = Field(
        "fakereasoning", description="A preset, or all of a detector's configuration."
    )
    adaptation: LoraConfig | Literal["full", "frozen"] | None = Field(
        None,
        description="How the language model learns: low-rank additions, all of it, or not at all; "
        "null leaves it to the detector.",
    )
    data: Data = Data()
    augmentation: Augmentation = Augmentation()
    text: Text = Text()
    optimisation: Optimisation = Optimisation()
    watching: Watching = Watching()
    seed: int = Field(
        0, ge=0, le=2**32 - 1, description="Of new weights, of the order and of all that is drawn."
    )
    workers: int = Field(4, ge=0, description="Processes that read and decode, for each device.")

    @field_validator("detector", mode="before")
    @classmethod
    def _ids_later(cls, detector: Any) -> Any:
        """The ids of a language model's tokens come from its tokenizer: none need be given."""
        if not isinstance(detector, dict) or not isinstance(detector.get("language"), dict):
            return detector
        unknown: dict[str, Any] = {"image_token": 0, "real": (1,), "fake": (2,)}
        if detector.get("localiser") is not None:
            unknown["segmentation_token"] = 3
        return {**detector, "language": unknown | detector["language"]}

    @model_validator(mode="after")
    def _dealt(self) -> Self:
        if self.optimisation.batch % self.optimisation.per_device:
            raise ValueError(
                f"a batch of {self.optimisation.batch} is not made of whole "
                f"{self.optimisation.per_device}: change optimisation.batch or .per_device"
            )
        return self
