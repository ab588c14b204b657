"""Checks that a generator leaves the pictures and masks of its jobs as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from generators.conformance.trial import Attempt
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
    named = {
        "the source's pixels": job.source.pixels,
        "the source's object mask": job.source.object_mask,
        "the job's mask": job.mask,
    }
    if job.second is not None:
        named["the second picture's pixels"] = job.second.pixels
        named["the second picture's object mask"] = job.second.object_mask
    return {name: array for name, array in named.items() if array is not None}
