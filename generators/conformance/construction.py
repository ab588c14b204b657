"""Checks of how a generator comes to life: cheaply, offline, and equally in another process."""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from generators.conformance.comparison import differences
from generators.conformance.trial import Attempt, attempt
from generators.contract import Generator
from generators.registry import create, load
from schemas.job import Forgery, Job

_CHEAP = 2.0
_DOORS = (
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (socket, "create_connection"),
    (socket, "getaddrinfo"),
)


def construction_problems(make: Callable[[], Generator]) -> Iterator[str]:
    """What goes wrong when a generator is made, with the network closed."""
    began = time.monotonic()
    with _offline() as tried:
        try:
            make()
        except Exception as error:
            if not tried:
                yield f"constructing raises {type(error).__name__}: {error}"
    if tried:
        yield "constructing reaches for the network; do that in the first call of forge"
    seconds = time.monotonic() - began
    if seconds > _CHEAP:
        yield f"constructing takes {seconds:.1f} s; load weights in the first call of forge"


def attempt_by_name(
    name: str, options: Mapping[str, Any] | None, job: Job, writable: bool
) -> Attempt:
    """An attempt at one job by the generator `name`, made anew in this process."""
    return attempt(lambda: create(name, options), [job], writable=writable)


def elsewhere(name: str, options: Mapping[str, Any] | None, job: Job, writable: bool) -> Attempt:
    """An attempt at one job by the generator `name`, made anew in a fresh process."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(attempt_by_name, name, options, job, writable).result()


def travel_problems(
    name: str,
    options: Mapping[str, Any] | None,
    jobs: tuple[Job, ...],
    reference: Attempt,
    writable: bool,
) -> Iterator[str]:
    """What differs when a second process forges the first job that this one could."""
    done = [job for job in jobs if isinstance(reference.by_id[job.job_id], Forgery)]
    job = (done or list(jobs))[0]
    try:
        other = elsewhere(name, options, job, writable)
    except Exception as error:
        yield f"{job.job_id} could not be forged in a second process: {error!r}"
        return
    tolerance = load(name).spec.tolerance
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
