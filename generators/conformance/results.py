"""Checks of answers one by one: their order and kind, pictures, masks, splices, parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from generators.conformance.attempt import Attempt
from generators.conformance.declaration import SNAKE_CASE
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
            yield (
                f"{answer.job_id}: the reason {answer.reason!r} is not a snake_case word; give one "
                "like 'picture_too_small', and the sentence as the detail"
            )
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
        yield (
            f"answers to jobs that were not given: {', '.join(map(repr, strange))}; answer with "
            "the job's own job_id"
        )
    if not (missing or twice or strange):
        yield from order_problems(jobs, attempt)


def order_problems(jobs: Sequence[Job], attempt: Attempt) -> Iterator[str]:
    """Whether the answers come in the order of their jobs; nothing where some are missing."""
    wanted, given = [job.job_id for job in jobs], [*attempt.by_id]
    if wanted != given and sorted(wanted) == sorted(given):
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
    resized = job.picture is not None and image.shape != job.picture.pixels.shape
    if forgery.scope is Scope.REGENERATED and resized and not forgery.notes:
        yield f"{job.job_id}: the image has another size than its source; say so in notes"


def change_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """Whether the forgery is its source again."""
    if job.picture is not None and np.array_equal(forgery.image, job.picture.pixels):
        yield f"{job.job_id}: the image equals its source; reject a job that changes nothing"


def scope_problems(declared: Scope, job: Job, forgery: Forgery) -> Iterator[str]:
    """Whether a forgery has the scope that its generator declares."""
    scope: Any = forgery.scope
    if not isinstance(scope, Scope):
        yield f"{job.job_id}: the scope is {scope!r}; use schemas.vocabulary.Scope"
    elif scope is not declared:
        yield (
            f"{job.job_id}: the scope is {scope}, spec.scope says {declared}; make them equal "
            "(where the options decide, say so in configured())"
        )


def mask_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """What is wrong with the applied and the requested mask."""
    # Where a redrawn picture was changed is found out later; what was asked for is known now.
    unasked = forgery.scope is Scope.REGENERATED and job.mask is None
    if forgery.applied is None and forgery.scope is not Scope.FULL and not unasked:
        yield (
            f"{job.job_id}: the applied mask is None; give what was changed, or use the scope full "
            "where every pixel is synthetic"
        )
    if forgery.applied is not None and forgery.scope is Scope.FULL:
        yield f"{job.job_id}: a forgery of scope full has an applied mask; make it None"
    image = np.shape(forgery.image)[:2]
    source = image if job.picture is None else job.picture.pixels.shape[:2]
    sizes = {image, source} if forgery.scope is Scope.REGENERATED else {image}
    for name, mask in (("applied", forgery.applied), ("requested", forgery.requested)):
        if mask is None:
            continue
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            found = getattr(mask, "dtype", type(mask).__name__)
            yield f"{job.job_id}: the {name} mask is {found}; it must be a bool array"
        elif mask.shape not in sizes:
            wanted = " or that of the source, ".join(map(str, sorted(sizes, key=image.__ne__)))
            yield (
                f"{job.job_id}: the {name} mask has shape {mask.shape}; give it the size of the "
                f"image, {wanted}"
            )


def emptiness_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """Masks that say that nothing was changed, or asked for."""
    for name, mask in (("applied", forgery.applied), ("requested", forgery.requested)):
        if mask is not None and forgery.scope is not Scope.FULL and not np.any(mask):
            yield f"{job.job_id}: the {name} mask is empty; reject a job that changes nothing"


def splice_problems(job: Job, forgery: Forgery) -> Iterator[str]:
    """Pixels of a spliced forgery that differ from the source outside the applied mask."""
    if forgery.scope is not Scope.SPLICED or forgery.applied is None or job.picture is None:
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
        yield (
            f"{job.job_id}: the parameters have a key 'notes'; rename it, a record keeps the "
            "forgery's notes there"
        )
    notes: Any = forgery.notes
    if not isinstance(notes, tuple) or not all(isinstance(n, str) and n for n in notes):
        yield f"{job.job_id}: notes must be a tuple of sentences, each a string"


def _is_snake_case(reason: Any) -> bool:
    return isinstance(reason, str) and SNAKE_CASE.fullmatch(reason) is not None
