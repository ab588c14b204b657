"""Checks of answers one by one: their order and kind, pictures, masks, splices, parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from generators.conformance.declaration import SNAKE_CASE
from generators.conformance.trial import Attempt
from schemas.identity import canonical_json
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Scope


def answer_problems(jobs: Sequence[Job], attempt: Attempt) -> Iterator[str]:
    """Whether every job is answered once, in order, by a forgery or a well-formed rejection."""
    if attempt.error is not None:
        given = len(attempt.answers)
        at = f" at {jobs[given].job_id}" if given < len(jobs) else ""
        yield (
            f"forge raises {attempt.error}{at}; answer a job that cannot succeed with a Rejection "
            "(raise CannotForge inside forge_each)"
        )
        return
    for answer in attempt.answers:
        if not isinstance(answer, Forgery | Rejection):
            yield f"forge yields a {type(answer).__name__}; yield a Forgery or a Rejection"
            return
        if isinstance(answer, Rejection) and not _is_snake_case(answer.reason):
            yield f"{answer.job_id}: the reason {answer.reason!r} is not a snake_case word"
    wanted = [job.job_id for job in jobs]
    given_ids = [answer.job_id for answer in attempt.answers]
    missing = [job_id for job_id in wanted if job_id not in given_ids]
    twice = [job_id for job_id, count in Counter(given_ids).items() if count > 1]
    strange = [job_id for job_id in given_ids if job_id not in wanted]
    if missing:
        yield f"no answer to {', '.join(missing)}; answer every job, by a Rejection if need be"
    if twice:
        yield f"more than one answer to {', '.join(twice)}; answer every job once"
    if strange:
        yield f"answers to jobs that were not given: {', '.join(map(repr, strange))}"
    if not (missing or twice or strange) and wanted != given_ids:
        yield "the answers are in another order than the jobs; yield them as the jobs come"


def success_problems(jobs: Sequence[Job], attempt: Attempt) -> Iterator[str]:
    """Operations in which fewer than half of the kit's jobs gave a forgery."""
    answers = attempt.by_id
    for operation in dict.fromkeys(job.operation for job in jobs):
        own = [answers[job.job_id] for job in jobs if job.operation == operation]
        reasons = Counter(a.reason for a in own if isinstance(a, Rejection))
        forged = len(own) - reasons.total()
        if 2 * forged < len(own):
            told = ", ".join(f"{reason} ({count})" for reason, count in sorted(reasons.items()))
            yield (
                f"{operation}: only {forged} of {len(own)} ordinary jobs gave a forgery, the "
                f"others were rejected: {told}; see generators/conformance/jobs.py for the jobs"
            )


def image_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """What is wrong with a forged picture's array, size and scope."""
    image: Any = forgery.image
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        found = getattr(image, "dtype", type(image).__name__)
        yield f"{job.job_id}: the image is {found}; it must be a uint8 array"
        return
    if image.ndim != 3 or image.shape[2] != 3:
        yield f"{job.job_id}: the image has shape {image.shape}; it must be (height, width, 3), RGB"
        return
    scope: Any = forgery.scope
    if not isinstance(scope, Scope):
        yield f"{job.job_id}: the scope is {scope!r}; use schemas.vocabulary.Scope"
    if scope is Scope.REGENERATED and image.shape != job.source.pixels.shape and not forgery.notes:
        yield f"{job.job_id}: the image has another size than its source; say so in notes"


def change_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """Whether the forgery is its source again."""
    if np.array_equal(forgery.image, job.source.pixels):
        yield f"{job.job_id}: the image equals its source; reject a job that changes nothing"


def mask_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """What is wrong with the applied and the requested mask."""
    if forgery.applied is None and forgery.scope is not Scope.FULL:
        yield f"{job.job_id}: the applied mask is None; only forgeries of scope full have none"
    for name, mask in (("applied", forgery.applied), ("requested", forgery.requested)):
        if mask is None:
            continue
        size = np.shape(forgery.image)[:2]
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            found = getattr(mask, "dtype", type(mask).__name__)
            yield f"{job.job_id}: the {name} mask is {found}; it must be a bool array"
        elif mask.shape != size:
            yield f"{job.job_id}: the {name} mask has shape {mask.shape}, the image {size}"


def emptiness_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """Masks that say that nothing was changed, or asked for."""
    for name, mask in (("applied", forgery.applied), ("requested", forgery.requested)):
        if mask is not None and forgery.scope is not Scope.FULL and not np.any(mask):
            yield f"{job.job_id}: the {name} mask is empty; reject a job that changes nothing"


def splice_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """Pixels of a spliced forgery that differ from the source outside the applied mask."""
    if forgery.scope is not Scope.SPLICED or forgery.applied is None:
        return
    source = job.source.pixels
    if np.shape(forgery.image) != source.shape:
        yield (
            f"{job.job_id}: a spliced image of shape {np.shape(forgery.image)} from a source of "
            f"{source.shape}; keep the size, or use the scope regenerated"
        )
        return
    if np.shape(forgery.applied) != source.shape[:2]:
        return
    moved = (forgery.image != source).any(axis=2) & ~np.asarray(forgery.applied, dtype=np.bool_)
    if moved.any():
        yield (
            f"{job.job_id}: {int(moved.sum())} pixels outside the applied mask differ from the "
            "source; composite with the mask (generators.compositing), widen it, or use the scope "
            "regenerated"
        )


def parameter_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """Parameters that are no JSON, and notes that are no sentences."""
    parameters: Any = forgery.parameters
    if not isinstance(parameters, Mapping):
        yield f"{job.job_id}: the parameters are a {type(parameters).__name__}; make them a dict"
        return
    try:
        canonical_json(dict(parameters))
    except (TypeError, ValueError) as error:
        yield (
            f"{job.job_id}: the parameters cannot be written as JSON: {error}; use plain numbers, "
            "strings, lists and dicts"
        )
    if "notes" in parameters:
        yield f"{job.job_id}: the parameters have a key 'notes'; that name is taken by notes"
    notes: Any = forgery.notes
    if not isinstance(notes, tuple) or not all(isinstance(n, str) and n for n in notes):
        yield f"{job.job_id}: notes must be a tuple of sentences"


def _is_snake_case(reason: Any) -> bool:
    return isinstance(reason, str) and SNAKE_CASE.fullmatch(reason) is not None
