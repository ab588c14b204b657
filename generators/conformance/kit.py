"""Puts a generator through every check of the conformance kit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError

from generators.conformance import results
from generators.conformance.comparison import differences
from generators.conformance.construction import construction_problems, travel_problems
from generators.conformance.declaration import options_problems, shape_problems, wording_problems
from generators.conformance.finding import Finding, judge
from generators.conformance.hostile_jobs import hostile_jobs
from generators.conformance.inputs import mutation_problems, read_only_problems
from generators.conformance.jobs import jobs_for
from generators.conformance.trial import Attempt, attempt
from generators.contract import Generator, GeneratorSpec
from generators.registry import create, load, names
from schemas.errors import GeneratorError
from schemas.job import Forgery, Job

_OTHER_WORLD = 20_240_314
_RESEEDED = 1


def check(name: str, options: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
    """Every check of the generator `name` with `options`, in order.

    The jobs are run for real, also where they need a GPU or cost money. A check that later ones
    stand on ends the list where it fails: without a sound spec there are no jobs, and without an
    answer to each there is nothing to look at. Raises `GeneratorError` where no generator of that
    name is installed, or where `options` are not its options.
    """
    try:
        generator = load(name)
    except GeneratorError as error:
        if name not in names():
            raise
        return (Finding("spec", False, str(error)),)
    shape = list(shape_problems(generator.spec))
    if shape:
        return (judge("spec", shape, ""),)
    if options:
        _refuse_wrong_options(name, options)
    return tuple(_findings(name, options, generator))


def _refuse_wrong_options(name: str, options: Mapping[str, Any]) -> None:
    try:
        load(name).Options.model_validate(dict(options))
    except ValidationError:
        create(name, options)  # Raises with words for the one wrong option.


def _findings(
    name: str, options: Mapping[str, Any] | None, generator: type[Generator]
) -> Iterator[Finding]:
    spec = generator.spec
    operations = ", ".join(spec.operations)
    yield judge("spec", wording_problems(name, spec), f"version {spec.version}; {operations}")
    count = len(generator.Options.model_fields)
    yield judge("options", options_problems(generator.Options), f"{count}, all described")
    make = partial(create, name, options)
    built = judge("construction", construction_problems(make), "cheap and offline")
    yield built
    if not built.passed:
        return
    jobs = jobs_for(spec)
    reference = attempt(make, jobs, writable=True)
    answered = judge(
        "answers",
        results.answer_problems(jobs, reference),
        f"{len(jobs)} jobs, each once, in order",
    )
    yield answered
    if not answered.passed:
        return
    yield judge("successes", results.success_problems(jobs, reference), _successes(reference))
    yield from _judge_forgeries(jobs, reference)
    again = attempt(make, jobs)
    yield judge(
        "inputs",
        [*mutation_problems(jobs, reference), *read_only_problems(again)],
        "unchanged, and read-only ones are enough",
    )
    # A generator that must write into its inputs is told so once, not by every check to come.
    writable = again.error is not None
    run = partial(attempt, make, writable=writable)
    yield from _judge_repeats(run, spec, jobs, reference, run(jobs) if writable else again)
    yield judge(
        "second process",
        travel_problems(name, options, jobs, reference, writable),
        "made anew by name and options, it forges the same",
    )
    hostile = list(hostile_jobs(spec))
    # One instance for all of them: each of many would load its weights anew.
    ready = make()
    brave = partial(attempt, lambda: ready, writable=writable)
    yield judge("hostile jobs", _hostile_problems(brave, hostile), f"{len(hostile)}, none broke it")


def _successes(reference: Attempt) -> str:
    forged = sum(isinstance(answer, Forgery) for answer in reference.answers)
    return f"{forged} of {len(reference.answers)} jobs forged"


def _judge_forgeries(jobs: Sequence[Job], reference: Attempt) -> Iterator[Finding]:
    """Checks of each forgery by itself."""
    answers = reference.by_id
    forged = [(job, one) for job in jobs if isinstance(one := answers[job.job_id], Forgery)]
    # Masks and pixels can be held against an image only.
    whole = [pair for pair in forged if not any(results.image_problems(*pair))]

    def over(*problems: Callable[[Job, Forgery], Iterator[str]]) -> Iterator[str]:
        return (found for pair in whole for each in problems for found in each(*pair))

    broken = [found for pair in forged for found in results.image_problems(*pair)]
    yield judge("images", [*broken, *over(results.change_problems)], "uint8 RGB, changed")
    yield judge(
        "masks",
        over(results.mask_problems, results.emptiness_problems),
        "bool, of the image's size, not empty",
    )
    yield judge(
        "splices", over(results.splice_problems), "equal to the source outside the applied mask"
    )
    yield judge("parameters", over(results.parameter_problems), "JSON; notes are sentences")


def _judge_repeats(
    run: Callable[..., Attempt],
    spec: GeneratorSpec,
    jobs: tuple[Job, ...],
    reference: Attempt,
    again: Attempt,
) -> Iterator[Finding]:
    """Checks that forge the same jobs again under other circumstances."""
    tolerance = spec.tolerance
    yield judge(
        "determinism",
        (
            f"{found}, between two runs; draw from np.random.default_rng(job.seed) alone, and use "
            "no clock and no state kept between instances"
            for found in differences(jobs, reference, again, tolerance)
        ),
        _equal(tolerance),
    )
    yield judge("seeds", _seed_problems(run, spec, reference), "another seed, another forgery")
    yield judge(
        "batches",
        _batch_problems(run, jobs, reference, tolerance),
        "the same alone, in a batch and in a batch in reverse",
    )
    disturbed = (
        f"forge changes the global state of {state}; draw from np.random.default_rng(job.seed)"
        for state in reference.disturbed
    )
    elsewhere = run(jobs, world=_OTHER_WORLD)
    dependent = (
        f"{found}, after seeding random, numpy.random and cv2 otherwise; draw from "
        "np.random.default_rng(job.seed), and call cv2.setRNGSeed right before grabCut or kmeans"
        for found in differences(jobs, reference, elsewhere, tolerance)
    )
    yield judge("global state", [*disturbed, *dependent], "neither used nor changed")


def _seed_problems(
    run: Callable[..., Attempt], spec: GeneratorSpec, reference: Attempt
) -> Iterator[str]:
    """Whether other seeds give other forgeries, for each operation; one that differs will do."""
    reseeded = jobs_for(spec, salt=_RESEEDED)
    for operation in spec.operations:
        own = [job for job in reseeded if job.operation == operation]
        tried = [job for job in own if isinstance(reference.by_id.get(job.job_id), Forgery)]
        for job in tried:
            if any(differences([job], reference, run([job]), 0)):
                break
        else:
            if tried:
                yield (
                    f"{operation}: other seeds (and masks) give the same {len(tried)} forgeries; "
                    "let job.seed choose"
                )


def _batch_problems(
    run: Callable[..., Attempt], jobs: tuple[Job, ...], reference: Attempt, tolerance: int
) -> Iterator[str]:
    circumstances = (("alone", run(jobs, alone=True)), ("in reverse order", run(jobs[::-1])))
    for circumstance, other in circumstances:
        for found in differences(jobs, reference, other, tolerance):
            yield (
                f"{found}, forged {circumstance} instead of in a batch; let nothing pass from one "
                "job to the next"
            )


def _hostile_problems(
    run: Callable[..., Attempt], hostile: Sequence[tuple[str, Job]]
) -> Iterator[str]:
    for oddity, job in hostile:
        tried = run([job])
        where = f"{job.operation}, {oddity}"
        if tried.error is not None:
            yield f"{where}: forge raises {tried.error}; answer with a Rejection"
            continue
        answer = tried.by_id.get(job.job_id)
        if answer is None or len(tried.answers) != 1:
            yield f"{where}: {len(tried.answers)} answers instead of one"
        elif isinstance(answer, Forgery):
            found = list(results.image_problems(job, answer)) or [
                *results.mask_problems(job, answer),
                *results.splice_problems(job, answer),
            ]
            yield from (f"{oddity}, {problem}" for problem in found)


def _equal(tolerance: int) -> str:
    return f"equal within {tolerance} of 255" if tolerance else "equal to the bit"
