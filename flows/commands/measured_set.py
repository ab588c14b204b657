"""Opens what is measured on: a published set, or a benchmark as it is distributed."""

from __future__ import annotations

from dataclasses import dataclass

from detector.evaluation.benchmark_pictures import of_benchmark
from detector.evaluation.pictures import TestPictures, of_published
from detector.layouts.registry import open_benchmark
from schemas.errors import StorageError
from storage.files import location
from storage.published import DEFAULT_CONFIG, MANIFEST, PublishedSet, open_published

_TEST = "test"
_IN_RUN = "dataset"
"""What the folder of a set is called in its run's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What is measured on: its pictures, its names, and the set where it is a published one."""

    pictures: TestPictures
    name: str
    split: str
    published: PublishedSet | None = None


def open_pictures(
    dataset: str,
    split: str | None,
    config: str = DEFAULT_CONFIG,
    benchmark: str | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Opened:
    """A published set's split (test by default), or a benchmark's (its first by default).

    Raises `StorageError` where the folder is neither, or is not the benchmark that was named.
    """
    if benchmark is None and _is_published(dataset):
        published = open_published(dataset)
        pictures = of_published(published, split or _TEST, config, limit, seed)
        return Opened(pictures, set_name(published), split or _TEST, published)
    try:
        found = open_benchmark(dataset, benchmark)
    except StorageError as error:
        if benchmark is not None:
            raise
        raise StorageError(
            f"{dataset} holds no published set (no {MANIFEST}), and {error}"
        ) from error
    first = split or found.splits()[0]
    return Opened(of_benchmark(found, split, limit, seed), found.layout.name, first)


def set_name(published: PublishedSet) -> str:
    """The name of the set's folder, or of the run that it lies in, for folders named after it."""
    folder = published.folder
    if folder.name == _IN_RUN and folder.parent.name:
        return str(folder.parent.name)
    return str(folder.name) or "set"


def _is_published(dataset: str) -> bool:
    place = location(dataset)
    return (place / MANIFEST).exists() or (place / _IN_RUN / MANIFEST).exists()
