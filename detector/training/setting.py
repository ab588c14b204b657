"""Sets accelerate up as a recipe and the machine want it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from detector.training.dealing import Deal
from detector.training.recipe import TrainingRecipe
from schemas.errors import RecipeError


def accelerator_for(recipe: TrainingRecipe, out: Path) -> Any:
    """An Accelerator; `accelerate launch` and its configuration decide over what it spreads.

    Raises RecipeError for trackers that accelerate does not know or that are not installed.
    """
    from accelerate import Accelerator
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers

    known = sorted(str(name) for name in LOGGER_TYPE_TO_CLASS)
    there = {str(getattr(one, "value", one)) for one in get_available_trackers()}
    for name in recipe.watching.trackers:
        if name not in known:
            raise RecipeError(f"no tracker is called {name!r}; accelerate knows {', '.join(known)}")
        if name not in there:
            raise RecipeError(f"the tracker {name} is not installed: pip install {name}")
    accelerator = Accelerator(
        mixed_precision=recipe.optimisation.precision if torch.cuda.is_available() else "no",
        log_with=list(recipe.watching.trackers) or None,
        project_dir=str(out / "training"),
    )
    if recipe.watching.trackers:
        accelerator.init_trackers(f"counterfoil-{recipe.name}")
    return accelerator


def tell_of_batches(accelerator: Any, deal: Deal) -> None:
    """Tell accelerate, and DeepSpeed where it is used, how gradients are accumulated."""
    accelerator.gradient_accumulation_steps = deal.turns
    plugin = accelerator.deepspeed_plugin
    if plugin is not None:
        # It reads these off a DataLoader that accelerate prepared; there is none here.
        plugin.deepspeed_config["train_micro_batch_size_per_gpu"] = deal.per_device
        plugin.deepspeed_config["gradient_accumulation_steps"] = deal.turns


def hold_frozen(detector: nn.Module, accelerator: Any) -> None:
    """Hold weights that do not learn in half precision, where arithmetic is in it anyway.

    Not where weights are shared out over devices: these are joined, and must be of one kind.
    """
    from accelerate import DistributedType

    shared = accelerator.distributed_type in (DistributedType.FSDP, DistributedType.DEEPSPEED)
    if accelerator.mixed_precision != "bf16" or shared:
        return
    for weight in detector.parameters():
        if not weight.requires_grad:
            weight.data = weight.data.to(torch.bfloat16)
