"""A process that keeps freed memory asks the system for none with the next picture."""

from __future__ import annotations

import multiprocessing
import platform
import resource
from multiprocessing.connection import Connection

import numpy as np
import pytest

from detector.data.batches import plan
from detector.data.collate import stack
from detector.data.freed_memory import keep_freed_memory
from detector.data.loader import TrainingLoader
from detector.data.order import Lanes
from detector.data.rows import open_rows
from detector.data.sample import Sample
from storage.published import PublishedSet

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="another C library than glibc, which is left as it is"
)

BUFFER, AT_ONCE = 3_000_000, 4
PAGES = AT_ONCE * BUFFER // resource.getpagesize()


def faults_of_a_picture() -> int:
    """How many pages are asked for to hold four buffers, which are freed again."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    held = [bytearray(b"\1") * BUFFER for _ in range(AT_ONCE)]
    del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def send_faults(keep: bool, there: Connection) -> None:
    told = keep and keep_freed_memory()
    there.send((told, [faults_of_a_picture() for _ in range(10)]))


def faults(keep: bool) -> list[int]:
    here, there = multiprocessing.Pipe()
    with here, there:
        process = multiprocessing.get_context("spawn").Process(
            target=send_faults, args=(keep, there)
        )
        process.start()
        told, counts = here.recv()
        process.join()
    assert told is keep
    return list(counts)


def test_pages_are_asked_for_once() -> None:
    first, *others = faults(keep=True)
    assert first > 0.9 * PAGES
    assert max(others) < 0.1 * PAGES
    assert min(faults(keep=False)) > 0.5 * PAGES


def counted(sample: Sample, rng: np.random.Generator) -> dict[str, int]:
    return {"faults": faults_of_a_picture()}


def test_processes_that_read_keep_it(published: PublishedSet) -> None:
    rows = open_rows(published, "train")
    batches = plan(rows, counted, stack, seed=5, lanes=Lanes(4, workers=1))
    loader = TrainingLoader(batches, workers=1)
    _, *others = [int(count) for batch in loader for count in batch["faults"]]
    loader.close()
    assert max(others) < 0.1 * PAGES
