"""Compares what a generator answered to the same job at two times, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from generators.conformance.attempt import Answer, Attempt
from schemas.identity import canonical_json
from schemas.job import Forgery, Job, Rejection


def differences(
    jobs: Sequence[Job], first: Attempt, second: Attempt, tolerance: int
) -> Iterator[str]:
    """What differs between two attempts at `jobs`, each with its job; an error counts as one.

    Images may differ by up to `tolerance` of 255, all else must be equal.
    """
    one, other = first.by_id, second.by_id
    for job in jobs:
        if second.error is not None and job.job_id not in other:
            yield f"{job.job_id}: {second.error}"
            return
        if job.job_id not in other:
            yield f"{job.job_id}: no answer"
        elif job.job_id in one:
            difference = compare(one[job.job_id], other[job.job_id], tolerance)
            if difference is not None:
                yield f"{job.job_id}: {difference}"


def compare(one: Answer, other: Answer, tolerance: int) -> str | None:
    """The first difference between two answers to one job, None where they are equal."""
    if isinstance(one, Rejection) or isinstance(other, Rejection):
        if one == other:
            return None
        return f"{_outcome(one)} once, {_outcome(other)} the other time"
    images = _array_difference(one.image, other.image, tolerance)
    if images is not None:
        return f"the images differ {images}"
    for name in ("applied", "requested"):
        masks = _array_difference(getattr(one, name), getattr(other, name), 0)
        if masks is not None:
            return f"the {name} masks differ {masks}"
    if _spelling(one.parameters) != _spelling(other.parameters):
        return f"the parameters differ: {_unequal(one, other)}"
    if (one.scope, one.notes) != (other.scope, other.notes):
        return "scope or notes differ"
    return None


def _array_difference(one: Any, other: Any, tolerance: int) -> str | None:
    if one is None or other is None:
        return None if one is other else "in that one is None"
    if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
        return None  # The checks of images and masks have told of it.
    if one.shape != other.shape:
        return f"in shape: {one.shape} and {other.shape}"
    apart = np.abs(np.subtract(one, other, dtype=np.float64))
    worst = float(apart.max(initial=0.0))
    if worst <= tolerance:
        return None
    share = float((apart > tolerance).mean())
    allowed = f" (allowed: {tolerance})" if tolerance else ""
    return f"by up to {worst:.0f}{allowed}, in {share:.1%} of their values"


def _outcome(answer: Answer) -> str:
    return "forged" if isinstance(answer, Forgery) else f"rejected ({answer.reason})"


def _unequal(one: Any, other: Any) -> str:
    if not (isinstance(one.parameters, Mapping) and isinstance(other.parameters, Mapping)):
        return "they are no mappings"
    names = sorted(map(str, {*one.parameters, *other.parameters}))
    apart = [n for n in names if repr(one.parameters.get(n)) != repr(other.parameters.get(n))]
    return ", ".join(apart)


def _spelling(parameters: Any) -> str:
    try:
        return canonical_json(dict(parameters))
    except (TypeError, ValueError):
        return repr(parameters)
