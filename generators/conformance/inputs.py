"""Checks that a generator leaves the pictures and masks of its jobs as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from generators.conformance.attempt import Attempt
from schemas.job import Job


def mutation_problems(jobs: Sequence[Job], attempt: Attempt) -> Iterator[str]:
    """Arrays of the given copies that no longer equal those of `jobs`."""
    for job, given in zip(jobs, attempt.given, strict=True):
        before, after = _arrays(job), _arrays(given)
        for name, array in before.items():
            if not np.array_equal(array, after[name]):
                yield f"{job.job_id}: forge changes {name}; copy an array before writing to it"


def read_only_problems(attempt: Attempt) -> Iterator[str]:
    """What a run on read-only arrays raised."""
    if attempt.error is not None:
        yield (
            f"forge fails on read-only arrays: {attempt.error}; copy an array before writing to it"
        )


def _arrays(job: Job) -> dict[str, Any]:
    named: dict[str, Any] = {"the job's mask": job.mask}
    for who, picture in (("the source", job.picture), ("the second picture", job.second)):
        if picture is not None:
            named[f"{who}'s pixels"] = picture.pixels
            for number, mask in enumerate(picture.instances, start=1):
                named[f"{who}'s object mask {number}"] = mask
    return {name: array for name, array in named.items() if array is not None}
