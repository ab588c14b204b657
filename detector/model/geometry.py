"""How many tokens and mask pixels a configuration gives, told without building its networks."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from transformers import AutoConfig

from detector.model.config import DetectorConfig, Part
from schemas.errors import CounterfoilError


@dataclass(frozen=True, slots=True)
class Geometry:
    """grid: tokens along a view's side. mask: pixels along the side of a view's mask, or of the
    whole picture's where SAM draws it. sam: side of the square that SAM sees, px, 0 without it.
    """

    grid: int
    mask: int
    sam: int


def geometry(config: DetectorConfig) -> Geometry:
    """The geometry of a detector; needs the configurations of its checkpoints, not the weights."""
    grid = config.image_size // _stride(config)
    if config.localiser is None:
        return Geometry(grid, grid * config.mask_scale, 0)
    sam = int(_known(config.localiser).prompt_encoder_config.image_size)
    return Geometry(grid, sam // 4, sam)


def settings(part: Part) -> Any:
    """The transformers configuration that `part` names or holds; one of its own for each call.

    Networks write into theirs: a vocabulary that was resized must not be the next one's.
    """
    return deepcopy(_known(part))


def _known(part: Part) -> Any:
    """The same, to be looked at alone: it is told for every picture."""
    return _settings(part.checkpoint, part.revision, json.dumps(part.config, sort_keys=True))


@lru_cache(maxsize=64)
def _settings(checkpoint: str | None, revision: str | None, config: str) -> Any:
    if checkpoint is not None:
        return AutoConfig.from_pretrained(checkpoint, revision=revision)
    values = json.loads(config)
    name = values.pop("model_type", None)
    if name is None:
        raise CounterfoilError("the config of a part must name its model_type")
    return AutoConfig.for_model(name, **values)


def _stride(config: DetectorConfig) -> int:
    """Pixels along the side of a token."""
    if config.eyes == "internvl":
        assert config.language is not None
        own = _known(config.language.model)
        return int(own.vision_config.patch_size[0] / own.downsample_ratio)
    seen = _known(config.eyes.clip)
    return int(getattr(seen, "vision_config", seen).patch_size)
