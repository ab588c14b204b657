"""Which weights learn, and which of these decay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from detector.training.recipe import Optimisation
from schemas.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Weights:
    """How many numbers of a detector learn and how many are frozen."""

    learning: int
    frozen: int


def weights_in(module: nn.Module) -> Weights:
    """Counts a network's parameters."""
    counts = {True: 0, False: 0}
    for weight in module.parameters():
        counts[weight.requires_grad] += weight.numel()
    return Weights(counts[True], counts[False])


def groups(
    module: nn.Module,
    weight_decay: float,
    rate: float = 1.0,
    factors: Mapping[str, float] | None = None,
) -> list[dict[str, Any]]:
    """The weights that learn, by what moves them alike.

    Matrices decay; biases, norms and embeddings do not. `factors` of the learning rate `rate` go by
    how a weight's name begins, the longest beginning first. Raises RecipeError for one that is no
    weight's.
    """
    embeddings = {
        id(weight)
        for part in module.modules()
        if isinstance(part, nn.Embedding)
        for weight in part.parameters(recurse=False)
    }
    beginnings = sorted(factors or {}, key=len, reverse=True)
    found: dict[tuple[float, float], list[nn.Parameter]] = defaultdict(list)
    unused = set(beginnings)
    for name, weight in module.named_parameters():
        if not weight.requires_grad:
            continue
        beginning = next((one for one in beginnings if name.startswith(one)), None)
        unused.discard(beginning or "")
        factor = 1.0 if beginning is None else (factors or {})[beginning]
        decays = weight.ndim >= 2 and id(weight) not in embeddings
        found[rate * factor, weight_decay if decays else 0.0].append(weight)
    if unused:
        parts = ", ".join(name for name, _ in module.named_children())
        raise RecipeError(
            f"optimisation.factors: no weight that learns begins with {sorted(unused)[0]!r}; the "
            f"detector's parts are {parts}"
        )
    return [
        {"params": weights, "lr": each, "weight_decay": decay}
        for (each, decay), weights in found.items()
    ]


def optimiser_of(module: nn.Module, settings: Optimisation) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019)."""
    moved = groups(module, settings.weight_decay, settings.learning_rate, settings.factors)
    return torch.optim.AdamW(moved, lr=settings.learning_rate, betas=settings.betas)


def schedule_of(optimiser: torch.optim.Optimizer, settings: Optimisation, steps: int) -> Any:
    """The learning rate over `steps` steps: a linear rise, then transformers' schedule."""
    from transformers import get_scheduler

    name = "constant_with_warmup" if settings.schedule == "constant" else settings.schedule
    rise = round(settings.warm_up * steps)
    return get_scheduler(name, optimiser, num_warmup_steps=rise, num_training_steps=steps)
