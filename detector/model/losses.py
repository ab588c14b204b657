"""What the parts are taught by, each loss over the samples that have the truth it needs."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

IGNORED = -100
"""The label of a token that is not taught."""


def resize_logits(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """Mask logits [n, h, w] at another size [n, *size], bilinear."""
    if tuple(logits.shape[-2:]) == size:
        return logits
    return functional.interpolate(
        logits[:, None].float(), size=size, mode="bilinear", align_corners=False
    )[:, 0]


def dice_loss(logits: Tensor, truth: Tensor, *, smooth: float = 1.0) -> Tensor:
    """One minus the Dice coefficient of each mask, [n]; logits and truth are [n, H, W].

    Milletari, Navab and Ahmadi, V-Net, 2016. `smooth` pixels are added to overlap and union, so
    that an empty mask answered by an empty mask costs nothing.
    """
    p = logits.float().sigmoid().flatten(1)
    g = truth.float().flatten(1)
    return 1 - (2 * (p * g).sum(1) + smooth) / (p.sum(1) + g.sum(1) + smooth)


def mask_losses(
    logits: Tensor, truth: Tensor, known: Tensor | None = None, *, forged_share: float | None = None
) -> tuple[Tensor, Tensor]:
    """Binary cross-entropy and Dice loss, each a mean over the samples whose mask is known.

    Dice counts 0 for a mask that is empty: of these it asks certainty far beyond what cross-entropy
    does, for which small forgeries would be given up. Both means are over the same samples, so that
    a batch in parts gives the gradients of the whole. logits [n, h, w] at any size, truth
    [n, H, W] in 0..1, known bool [n]. `forged_share`: what the forged pixels of a mask count for
    in its cross-entropy, however few they are (Xie and Tu, Holistically-Nested Edge Detection,
    2015, balance edges so); None: as many as they are.
    """
    truth = truth.float()
    logits = resize_logits(logits, (truth.shape[-2], truth.shape[-1])).float()
    forged = truth.flatten(1).any(1)
    entropy = _cross_entropy(logits.flatten(1), truth.flatten(1), forged_share)
    return _mean(entropy, known), _mean(dice_loss(logits, truth) * forged, known)


def label_loss(logit: Tensor, fake: Tensor) -> Tensor:
    """Mean binary cross-entropy of logits [n] against labels [n] (1 is fake)."""
    return functional.binary_cross_entropy_with_logits(logit.float(), fake.float())


def language_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of the taught tokens; logits [n, T, V], unshifted labels [n, T].

    Only the logits of taught tokens are copied: most stand for pictures, questions and padding.
    """
    wanted = labels[:, 1:]
    taught = wanted != IGNORED
    total = functional.cross_entropy(
        logits[:, :-1][taught].float(), wanted[taught], reduction="sum"
    )
    return total / taught.sum().clamp(min=1)


def weighted_sum(losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Sum of the losses, each times its weight (1 where none is named)."""
    if not losses:
        raise ValueError("there is nothing to learn from: give labels, masks or text")
    return torch.stack([weights.get(name, 1.0) * loss for name, loss in losses.items()]).sum()


def _cross_entropy(logits: Tensor, truth: Tensor, forged_share: float | None) -> Tensor:
    """Of each mask [n], from its pixels [n, H * W]."""
    each = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    if forged_share is None:
        return each.mean(1)
    forged, authentic = _weighted(each, truth), _weighted(each, 1 - truth)
    # Where there are pixels of one kind only, these are all.
    share = torch.where(truth.any(1), forged_share, 0.0)
    share = torch.where(truth.lt(1).any(1), share, 1.0)
    return share * forged + (1 - share) * authentic


def _weighted(each: Tensor, weights: Tensor) -> Tensor:
    return (each * weights).sum(1) / weights.sum(1).clamp(min=1e-6)


def _mean(each: Tensor, known: Tensor | None) -> Tensor:
    if known is None:
        return each.mean()
    return (each * known).sum() / known.sum().clamp(min=1)
