"""What is known of a checkpoint before it is loaded: where it is, what it can do, whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

UNKNOWN = "unknown"
Extra = bool | int | float | str


class Task(StrEnum):
    """What a checkpoint is asked to do; one adaptor each."""

    TEXT_TO_IMAGE = "text to image"
    VARIATION = "variation"
    INPAINT = "inpaint"
    EDIT = "edit"
    RECONSTRUCT = "reconstruct"


@dataclass(frozen=True, slots=True)
class Preset:
    """A checkpoint, and the settings that its authors recommend.

    `checkpoint`: hub name or folder. `pipelines`: the diffusers class by task; a task that is
    missing is not offered; "" leaves the class to the checkpoint's own index. Reconstruction wants
    the autoencoder alone and no class. `autoencoder`: an id, equal for families that share one.
    `released`: when these weights came out ("2022-08-22", "2022-08" or "2022"). `native`: the
    (width, height) that it was trained for, px; None leaves it to the checkpoint. `guidance_name`:
    the argument of the pipeline that `guidance` goes to. `strength`: the share of the denoising
    that variations do anew. `dtype`: what its weights were published for on a GPU. `size`: the
    working size where the user names none; None is native for text to image and the source's for
    the rest. `call`: further arguments of the pipeline. `gpu`: it is too large to wait for without
    one.

    Second checkpoints, which may pin a revision ("name@revision"): `prior` turns prompts into
    embeddings first; `upscaler` (with its class, and by how much it enlarges) is a second stage.
    """

    name: str
    checkpoint: str
    pipelines: Mapping[Task, str]
    family: str
    licence: str
    autoencoder: str
    released: str
    native: tuple[int, int] | None
    steps: int | None = None
    guidance: float | None = None
    guidance_name: str = "guidance_scale"
    negative_prompt: str | None = None
    strength: float = 0.6
    scheduler: str | None = None
    dtype: str = "float16"
    size: str | None = None
    call: Mapping[str, Extra] = field(default_factory=dict)
    prior: str | None = None
    upscaler: tuple[str, str, int] | None = None
    gpu: bool = True
