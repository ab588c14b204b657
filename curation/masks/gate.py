"""The gate of the set: why a forgery may not enter, in words that the card can count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from curation.masks.observed import Observation
from schemas.picture import Pixels
from schemas.recipe.curate import MaskLimits
from schemas.vocabulary import Scope

Reason = Literal[
    "size_changed",
    "black_picture",
    "flat_picture",
    "not_registered",
    "no_op",
    "mask_empty",
    "spliced_not_exact",
    "mask_too_large",
    "applied_mostly_unchanged",
    "change_outside_mask",
]

_BLACK = 8
_FLAT = 2
_ELSEWHERE = 0.5


@dataclass(frozen=True, slots=True)
class GateFinding:
    """One reason, a snake_case word, and a sentence with the numbers behind it."""

    reason: Reason
    detail: str


def check(
    image: Pixels,
    observation: Observation | None,
    scope: Scope,
    limits: MaskLimits,
    *,
    source_size: tuple[int, int] | None = None,
) -> tuple[GateFinding, ...]:
    """Everything that is wrong with a forgery, gravest first; nothing if it may enter.

    The first finding's reason is that of the rejection. `source_size` is (height, width) of the
    source. What is asked depends on the scope:

    - full: of the picture alone, and whether it differs from its source if there is an
      observation (None where there is nothing to compare with);
    - spliced: of the masks, to the pixel; a picture of another size than its source gets
      `size_changed` and no finding about masks;
    - regenerated: whether the pair could be registered, at any size, and whether anything was
      edited. It may come without an applied mask. An editor that ignored its mask and edited
      another place is no bad sample: the observed mask is the truth, and `outside` is recorded.
    """
    if scope is Scope.SPLICED and source_size is not None and image.shape[:2] != source_size:
        detail = f"The picture is {_size(image.shape[:2])}, its source {_size(source_size)} pixels."
        return (GateFinding("size_changed", detail), *_picture(image))
    findings = list(_picture(image))
    if observation is not None:
        if observation.mask.shape != image.shape[:2]:
            raise ValueError(
                f"the observation is of a picture of {_size(observation.mask.shape)} pixels, "
                f"not of this one of {_size(image.shape[:2])}"
            )
        findings.extend(_masks(observation, scope, limits))
    elif scope is Scope.REGENERATED:
        detail = "The picture was not compared with its source, so where it was edited is unknown."
        findings.append(GateFinding("not_registered", detail))
    return tuple(findings)


def _picture(image: Pixels) -> Iterator[GateFinding]:
    brightest = int(image.max())
    spread = max(int(np.ptp(image[:, :, channel])) for channel in range(image.shape[2]))
    if brightest <= _BLACK:
        yield GateFinding("black_picture", f"No value of the picture exceeds {brightest} of 255.")
    elif spread <= _FLAT:
        yield GateFinding("flat_picture", f"Its values differ by no more than {spread} of 255.")


def _masks(seen: Observation, scope: Scope, limits: MaskLimits) -> Iterator[GateFinding]:
    where = seen.registration
    if where is not None and not where.confident:
        yield GateFinding(
            "not_registered",
            "Where the source lies in the picture could not be told "
            f"({where.agreement:.0%} of the texture agrees, the error is {where.error:.2g} px, "
            f"another place fits {where.ambiguity:.0%} as well).",
        )
        return  # What was observed on such a pair says nothing about the edit.
    changed = seen.changed_area
    if changed == 0 or changed < limits.min_changed_area:
        least = f"{limits.min_changed_area:.2%}"
        yield GateFinding("no_op", f"{changed:.3%} of the picture changed, at least {least} must.")
    if scope is Scope.FULL:
        return
    if seen.applied_area is None:
        if scope is Scope.SPLICED:
            yield GateFinding("mask_empty", "A spliced forgery must bring its applied mask.")
    elif seen.applied_area == 0:
        yield GateFinding("mask_empty", "The applied mask covers no pixel.")
    if scope is Scope.SPLICED:
        yield from _splice(seen, limits)
    ignored = scope is Scope.REGENERATED and (seen.outside or 0) > _ELSEWHERE
    if (
        seen.applied_changed is not None
        and seen.applied_changed < limits.min_applied_changed
        and not ignored
    ):
        least = f"{limits.min_applied_changed:.1%}"
        yield GateFinding(
            "applied_mostly_unchanged",
            f"{seen.applied_changed:.2%} of the applied mask changed, at least {least} must.",
        )
    if scope is Scope.SPLICED and seen.outside is not None and seen.outside > limits.max_outside:
        most = f"{limits.max_outside:.1%}"
        yield GateFinding(
            "change_outside_mask",
            f"{seen.outside:.1%} of the change lies outside the applied mask, at most {most} may.",
        )


def _splice(seen: Observation, limits: MaskLimits) -> Iterator[GateFinding]:
    if seen.differing_outside:
        pixels = "pixel differs" if seen.differing_outside == 1 else "pixels differ"
        yield GateFinding(
            "spliced_not_exact",
            f"{seen.differing_outside} {pixels} from the source outside the applied mask.",
        )
    if seen.changed_area > limits.max_changed_area:
        most = f"{limits.max_changed_area:.1%}"
        yield GateFinding(
            "mask_too_large", f"{seen.changed_area:.1%} of the picture changed, at most {most} may."
        )


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} by {shape[0]}"
