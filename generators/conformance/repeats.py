"""Checks that forge the same jobs again: at another time, in other batches, in another world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from generators.conformance.attempt import Attempt
from generators.conformance.comparison import differences
from generators.conformance.finding import Finding, judge
from generators.conformance.results import order_problems
from schemas.job import Forgery, Job

_OTHER_WORLD = 20_240_314
_SEEDLESS = frozenset({"reconstruct"})
"""Operations in which nothing is drawn: what comes out follows from what goes in."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """Jobs, what came of them at first, and how to run them again.

    `reseeded`: the same jobs with other seeds; empty where seeds mean nothing to the generator.
    """

    run: Callable[..., Attempt]
    jobs: tuple[Job, ...]
    reseeded: tuple[Job, ...]
    first: Attempt
    tolerance: int


def judge_repeats(rerun: Rerun, backwards: Attempt) -> Iterator[Finding]:
    """Findings of determinism, seeds, global state and batches.

    `backwards` is a second run with the jobs in reverse.
    """
    # Where it gave the same, so would one in order.
    again = rerun.run(rerun.jobs) if any(_differences(rerun, backwards)) else backwards
    equal = f"equal within {rerun.tolerance} of 255" if rerun.tolerance else "equal to the bit"
    yield judge(
        "determinism",
        (
            f"{found}, between two runs; draw from np.random.default_rng(job.seed) alone, and use "
            "no clock and no state kept between instances"
            for found in _differences(rerun, again)
        ),
        equal,
    )
    asked = "another seed, another forgery" if rerun.reseeded else "not asked: it does not draw"
    yield judge("seeds", _seed_problems(rerun), asked)
    alone, world = _elsewhere(rerun)
    # Before batches, since what draws from a global state comes out otherwise in those too.
    yield judge("global state", _state_problems(rerun, again, world), "neither used nor changed")
    yield judge(
        "batches",
        _batch_problems(rerun, alone, backwards),
        "the same alone, in a batch and in a batch in reverse",
    )


def _differences(rerun: Rerun, other: Attempt) -> Iterator[str]:
    return differences(rerun.jobs, rerun.first, other, rerun.tolerance)


def _seed_problems(rerun: Rerun) -> Iterator[str]:
    """Whether other seeds give other forgeries, for each operation; one that differs will do."""
    by_operation: dict[str, list[Job]] = {}
    for job in rerun.reseeded:
        if isinstance(rerun.first.by_id.get(job.job_id), Forgery):
            by_operation.setdefault(job.operation, []).append(job)
    for operation, tried in by_operation.items():
        others = (differences([job], rerun.first, rerun.run([job]), 0) for job in tried)
        if operation not in _SEEDLESS and not any(any(found) for found in others):
            yield (
                f"{operation}: other seeds (and masks) give the same {len(tried)} forgeries; let "
                "job.seed choose"
            )


def _elsewhere(rerun: Rerun) -> tuple[Attempt, Attempt]:
    """The jobs forged one by one, and forged under other global seeds.

    Where both at once, and in reverse, change nothing, neither does by itself: one run is enough.
    """
    both = rerun.run(rerun.jobs[::-1], alone=True, world=_OTHER_WORLD)
    if not any(_differences(rerun, both)):
        return both, both
    alone, world = rerun.run(rerun.jobs, alone=True), rerun.run(rerun.jobs, world=_OTHER_WORLD)
    if any(_differences(rerun, alone)) or any(_differences(rerun, world)):
        return alone, world
    return both, world


def _batch_problems(rerun: Rerun, alone: Attempt, backwards: Attempt) -> Iterator[str]:
    for circumstance, other in (("alone", alone), ("in reverse order", backwards)):
        for found in _differences(rerun, other):
            yield (
                f"{found}, forged {circumstance} instead of in a batch; let nothing pass from one "
                "job to the next"
            )
    yield from order_problems(rerun.jobs[::-1], backwards)


def _state_problems(rerun: Rerun, again: Attempt, world: Attempt) -> Iterator[str]:
    # Torch is watched once it is there: the first run may have been what imported it.
    disturbed = tuple(dict.fromkeys((*rerun.first.disturbed, *again.disturbed)))
    for state in disturbed:
        own = (
            "a torch.Generator" if state.startswith("torch") else "np.random.default_rng(job.seed)"
        )
        yield f"forge changes the global state of {state}; draw from {own}"
    # What draws from a state changes it, so nothing more is to be said; OpenCV's cannot be read.
    for found in () if disturbed else _differences(rerun, world):
        yield (
            f"{found}, after seeding random, numpy.random, cv2 and torch otherwise; draw from "
            "np.random.default_rng(job.seed) (or a torch.Generator seeded with it), and call "
            "cv2.setRNGSeed right before grabCut or kmeans"
        )
