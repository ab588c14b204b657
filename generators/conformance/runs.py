"""Checks of what a generator does with jobs: its answers, its inputs, other runs, hostile jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from generators.conformance import results
from generators.conformance.attempt import Attempt, attempt
from generators.conformance.construction import depart
from generators.conformance.extent import FULL, extent_of
from generators.conformance.finding import Finding, judge
from generators.conformance.hostile_jobs import hostile_jobs
from generators.conformance.inputs import mutation_problems, read_only_problems
from generators.conformance.jobs import jobs_for
from generators.conformance.repeats import Rerun, judge_repeats
from generators.conformance.subject import Subject
from generators.contract import Item
from schemas.job import Forgery, Job
from schemas.vocabulary import Scope

_RESEEDED = 1
_MASKS = {
    Scope.FULL: "none, every pixel is synthetic",
    Scope.SPLICED: "bool, of the image's size, not empty",
    Scope.REGENERATED: "bool, of the image's or the source's size, not empty",
}


def judge_runs(subject: Subject, items: Sequence[Item]) -> Iterator[Finding]:
    """The findings of the kit's jobs, or, for an import, of jobs for `items`."""
    spec, jobs = subject.spec, jobs_for(subject.spec, items=items)
    reference = attempt(subject.make, jobs, writable=True)
    answered = judge(
        "answers",
        results.answer_problems(jobs, reference),
        f"{len(jobs)} jobs, each once, in order",
    )
    yield answered
    if not answered.passed:
        return
    journey = depart(subject, jobs, reference)
    yield judge("successes", results.success_problems(jobs, reference), _successes(reference))
    yield from _judge_forgeries(spec.scope, jobs, reference)
    backwards = attempt(subject.make, jobs[::-1])
    yield judge(
        "inputs",
        [*mutation_problems(jobs, reference), *read_only_problems(backwards)],
        "unchanged, and read-only ones are enough",
    )
    # A generator that must write into its inputs is told so once, not by every check to come.
    writable = backwards.error is not None
    run = partial(attempt, subject.make, writable=writable)
    reseeded = jobs_for(spec, salt=_RESEEDED) if subject.draws else ()
    rerun = Rerun(run, jobs, reseeded, reference, spec.tolerance)
    yield from judge_repeats(rerun, run(jobs[::-1]) if writable else backwards)
    yield judge("second process", journey(), "made anew by name and options, it forges the same")
    hostile = list(hostile_jobs(spec, jobs, each=extent_of(spec) == FULL))
    # One instance for all of them: each of many would load its weights anew.
    ready = subject.make()
    brave = partial(attempt, lambda: ready, writable=writable)
    yield judge("hostile jobs", _hostile_problems(brave, hostile), f"{len(hostile)}, none broke it")


def _successes(reference: Attempt) -> str:
    forged = sum(isinstance(answer, Forgery) for answer in reference.answers)
    return f"{forged} of {len(reference.answers)} jobs forged"


def _judge_forgeries(scope: Scope, jobs: Sequence[Job], reference: Attempt) -> Iterator[Finding]:
    """Checks of each forgery by itself."""
    answers = reference.by_id
    forged = [(job, one) for job in jobs if isinstance(one := answers[job.job_id], Forgery)]
    # Masks and pixels can be held against an image only.
    whole = [pair for pair in forged if not any(results.image_problems(*pair))]

    def over(*problems: Callable[[Job, Forgery], Iterator[str]]) -> Iterator[str]:
        return (found for pair in whole for each in problems for found in each(*pair))

    broken = [found for pair in forged for found in results.image_problems(*pair)]
    yield judge("images", [*broken, *over(results.change_problems)], "uint8 RGB, changed")
    yield judge("scope", over(partial(results.scope_problems, scope)), f"{scope}, as declared")
    yield judge(
        "masks",
        over(results.mask_problems, results.emptiness_problems),
        _MASKS[scope],
    )
    yield judge(
        "splices",
        over(results.splice_problems),
        "equal to the source outside the applied mask"
        if scope is Scope.SPLICED
        else "not asked: it declares another scope",
    )
    yield judge("parameters", over(results.parameter_problems), "JSON; notes are sentences")


def _hostile_problems(
    run: Callable[..., Attempt], hostile: Sequence[tuple[str, Job]]
) -> Iterator[str]:
    for oddity, job in hostile:
        tried = run([job])
        where = f"{job.operation}, {oddity}"
        if tried.error is not None:
            yield (
                f"{where}: forge raises {tried.error}; answer with a Rejection (raise CannotForge "
                "inside forge_each)"
            )
            continue
        answer = tried.by_id.get(job.job_id)
        if answer is None or len(tried.answers) != 1:
            yield f"{where}: {len(tried.answers)} answers instead of one; answer every job once"
        elif isinstance(answer, Forgery):
            found = list(results.image_problems(job, answer)) or [
                *results.mask_problems(job, answer),
                *results.splice_problems(job, answer),
            ]
            yield from (f"{oddity}, {problem}" for problem in found)
