"""The options of the five adaptors, and the checkpoint that they come to."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from generators.contract import Options
from generators.diffusion.preset import UNKNOWN, Preset, Task
from generators.diffusion.presets import preset_for

SIZE = r"^(source|native|[1-9]\d{1,4}x[1-9]\d{1,4})$"


class CheckpointOptions(Options):
    """Which checkpoint, and how it is run."""

    task: ClassVar[Task]

    preset: str | None = Field(
        None,
        description=(
            "A checkpoint that Counterfoil knows, with the settings its authors recommend. "
            "Unless a checkpoint is named: pocket, which comes with the code."
        ),
    )
    checkpoint: str | None = Field(
        None,
        description="A checkpoint of your own: name on the Hugging Face hub, or folder.",
    )
    pipeline: str | None = Field(
        None,
        description=(
            "Class of diffusers that runs the checkpoint. Default: the preset's, or what the "
            "checkpoint's index and diffusers make of the task."
        ),
    )
    family: str | None = Field(
        None, description="Family of a checkpoint of your own, so that splits can hold it out."
    )
    licence: str | None = Field(None, description="Licence of a checkpoint of your own.")
    autoencoder: str | None = Field(
        None, description="Id of the autoencoder of a checkpoint of your own."
    )
    released: str | None = Field(
        None,
        pattern=r"^\d{4}(-\d\d(-\d\d)?)?$",
        description="When a checkpoint of your own came out: 2024-08-01, 2024-08 or 2024.",
    )
    revision: str | None = Field(
        None, description="Commit, tag or branch on the hub. Pin a commit to build the same again."
    )
    variant: str | None = Field(None, description="Variant of the weights' files, such as fp16.")
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = Field(
        "auto",
        description="Type of the weights; auto: float32 on a processor, the preset's on a GPU.",
    )
    device: str = Field(
        "auto",
        description="Device of torch, such as cpu or cuda:1; auto: a GPU where there is one.",
    )
    size: str | None = Field(
        None,
        pattern=SIZE,
        description=(
            "Working size: source (padded to what the model takes), native (scaled to the area the "
            "model was trained for) or WIDTHxHEIGHT. What is changed comes back at the source's "
            "size. Default: the preset's; most want native for text to image, source for the rest."
        ),
    )
    batch_size: int = Field(
        4, ge=1, le=256, description="Pictures of one working size that are made at once."
    )
    offload: Literal["none", "model", "sequential"] = Field(
        "none",
        description="Keep the networks in main memory and bring them to the GPU one by one.",
    )
    compile: bool = Field(
        False, description="Compile the denoiser with torch: slow to start, faster after."
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.preset is not None or self.checkpoint is None:
            preset_for(self.preset or "pocket", self.task)
        return self

    @property
    def chosen(self) -> Preset:
        """The preset with what these options put in its place."""
        if self.preset is None and self.checkpoint is not None:
            base = Preset("", "", {self.task: ""}, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, None)
        else:
            base = preset_for(self.preset or "pocket", self.task)
        if self.checkpoint is not None:
            # What is told of one checkpoint need not hold of another that runs as it does.
            base = replace(
                base,
                name=_short(self.checkpoint),
                checkpoint=self.checkpoint,
                licence=UNKNOWN,
                released=UNKNOWN,
            )
        if self.pipeline is not None:
            base = replace(base, pipelines=dict(base.pipelines) | {self.task: self.pipeline})
        return replace(
            base,
            family=self.family or base.family,
            licence=self.licence or base.licence,
            autoencoder=self.autoencoder or base.autoencoder,
            released=self.released or base.released,
            size=self.size or base.size or _usual_size(self.task),
        )


def _usual_size(task: Task) -> str:
    return "native" if task is Task.TEXT_TO_IMAGE else "source"


class SamplingOptions(CheckpointOptions):
    """How a checkpoint draws."""

    scheduler: str | None = Field(
        None,
        pattern=r"^[A-Za-z]\w+$",
        description="Scheduler class of diffusers. Default: the preset's, or the checkpoint's own.",
    )
    steps: int | None = Field(
        None, ge=1, le=1000, description="Denoising steps. Default: the preset's."
    )
    guidance: float | None = Field(
        None,
        ge=0,
        le=100,
        description="Scale of the guidance by the prompt. Default: the preset's.",
    )
    negative_prompt: str | None = Field(
        None, description="What to keep out of the pictures, for pipelines that take one."
    )
    prior: str | None = Field(
        None,
        description=(
            "Checkpoint of the prior of Kandinsky, hub name (@revision to pin it) or folder. "
            "Default: the preset's."
        ),
    )

    @property
    def chosen(self) -> Preset:
        """The preset with what these options put in its place."""
        base = super().chosen
        return replace(
            base,
            prior=self.prior or base.prior,
            steps=base.steps if self.steps is None else self.steps,
            guidance=base.guidance if self.guidance is None else self.guidance,
            scheduler=self.scheduler or base.scheduler,
            negative_prompt=(
                base.negative_prompt if self.negative_prompt is None else self.negative_prompt
            ),
        )


def _short(checkpoint: str) -> str:
    """A hub name as it is; of a folder its name alone, for paths differ between machines."""
    return Path(checkpoint).name if Path(checkpoint).is_dir() else re.sub(r".*//", "", checkpoint)
