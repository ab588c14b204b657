"""Checks of how a generator comes to life: cheaply, offline, and equally in another process."""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest import mock

from generators.conformance.attempt import Attempt, attempt
from generators.conformance.comparison import differences
from generators.conformance.subject import Subject
from generators.contract import Generator, GeneratorSpec, spec_of
from generators.registry import create
from schemas.errors import MissingExtraError
from schemas.job import Forgery, Job

_CHEAP = 2.0
_DOORS = (
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (socket, "create_connection"),
    (socket, "getaddrinfo"),
)


def construct(make: Callable[[], Generator]) -> tuple[GeneratorSpec | None, list[str]]:
    """What a new generator says that it is, and what went wrong as it was made without a network.

    The spec is None where it could not be made.
    """
    spec, problems = None, []
    began = time.monotonic()
    with _offline() as tried:
        try:
            spec = spec_of(make())
        except MissingExtraError as error:
            problems.append(f"constructing raises: {error} Import it in the first call of forge")
        except Exception as error:
            if not tried:
                problems.append(
                    f"constructing raises {type(error).__name__}: {error}; it must do with its "
                    "options, so load and look things up in the first call of forge"
                )
    if tried:
        problems.append("constructing reaches for the network; do that in the first call of forge")
    seconds = time.monotonic() - began
    if seconds > _CHEAP:
        problems.append(
            f"constructing takes {seconds:.1f} s; load weights in the first call of forge"
        )
    return spec, problems


def attempt_by_name(name: str, options: Mapping[str, Any], job: Job) -> Attempt:
    """An attempt at one job by the generator `name`, made anew in this process."""
    # That it writes into its inputs is told by another check.
    return attempt(lambda: create(name, options), [job], writable=True)


def elsewhere(name: str, options: Mapping[str, Any], job: Job) -> Callable[[], Attempt]:
    """Begin an attempt at one job in a fresh process; the result waits for it."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    future = pool.submit(attempt_by_name, name, options, job)
    pool.shutdown(wait=False)  # The process ends behind its one task.
    return future.result


def depart(
    subject: Subject, jobs: Sequence[Job], reference: Attempt
) -> Callable[[], Iterator[str]]:
    """Let a second process forge the first job that this one could.

    It works while this one goes on; the result waits for it and says what differs.
    """
    done = [job for job in jobs if isinstance(reference.by_id[job.job_id], Forgery)]
    job = (done or list(jobs))[0]
    wait = elsewhere(subject.name, subject.options, job)
    return partial(_arrival_problems, wait, job, reference, subject.spec.tolerance)


def _arrival_problems(
    wait: Callable[[], Attempt], job: Job, reference: Attempt, tolerance: int
) -> Iterator[str]:
    try:
        other = wait()
        error = other.error
    except Exception as raised:
        other, error = None, repr(raised)
    if other is None or error is not None:
        yield (
            f"{job.job_id} could not be forged in a second process: {error}; a generator travels "
            "by its name and options, so keep options and results picklable and let nothing rest "
            "on what this process has set up"
        )
        return
    for difference in differences([job], reference, other, tolerance):
        yield (
            f"{difference} in a second process; results must follow from name, options and job, "
            "not from hash(), set order or what the first process did before"
        )


@contextmanager
def _offline() -> Iterator[list[str]]:
    """The network closed; yields the list of what was tried meanwhile."""
    tried: list[str] = []

    def refuse(*_: object, **__: object) -> None:
        tried.append("a connection")
        raise OSError("no network while a generator is constructed")

    with ExitStack() as doors:
        for owner, name in _DOORS:
            doors.enter_context(mock.patch.object(owner, name, refuse))
        yield tried
