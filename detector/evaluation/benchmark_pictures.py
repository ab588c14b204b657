"""Pictures of benchmarks as test pictures; those that cannot be had are counted and named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from detector.evaluation.contract import TestPicture
from detector.evaluation.drawing import drawn_evenly
from detector.evaluation.side import side_of
from detector.layouts.contract import BenchmarkSample
from detector.layouts.registry import Benchmark
from schemas.errors import DatasetError, StorageError
from schemas.identity import digest
from schemas.picture import Mask
from schemas.vocabulary import Label


@dataclass(frozen=True, slots=True)
class BenchmarkPictures:
    """Pictures of one split of a benchmark, read as its layout gives them.

    `places`: their places among all samples of the split. `kept`: the samples themselves, where
    they hold paths alone; None where they hold the bytes, and are listed again to be read.
    """

    benchmark: Benchmark
    split: str | None
    digest: str
    keys: tuple[str, ...]
    places: tuple[int, ...]
    kept: tuple[BenchmarkSample, ...] | None
    unreadable: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[TestPicture]:
        return self.at(range(len(self)))

    def at(self, places: Sequence[int]) -> Iterator[TestPicture]:
        """The pictures at these places, which ascend; the split is listed at most once."""
        if self.kept is not None:
            yield from (_of_sample(self.kept[place]) for place in places)
            return
        wanted = {self.places[place] for place in places}
        for number, sample in enumerate(self.benchmark.samples(self.split)):
            if number in wanted:
                yield _of_sample(sample)


def of_benchmark(
    benchmark: Benchmark, split: str | None = None, limit: int | None = None, seed: int = 0
) -> BenchmarkPictures:
    """The pictures of one split of a benchmark; None stands for its first.

    `limit`: look at so many, drawn evenly over labels and operations (or else generators). Raises
    `DatasetError` where there is no such split or no picture that can be had.
    """
    splits = benchmark.splits()
    if split is not None and split not in splits:
        raise DatasetError(
            f"{benchmark.layout.name} in {benchmark.folder} has no split {split!r}; it has "
            f"{', '.join(splits)}: pass one of them with --split"
        )
    unreadable: dict[str, str] = {}
    light: list[tuple[int, str, bool, str]] = []
    samples: list[BenchmarkSample] = []
    for number, sample in enumerate(benchmark.samples(split)):
        if sample.problem:
            unreadable[sample.key] = sample.problem
            continue
        kind = sample.operation or sample.generator or sample.domain
        light.append((number, sample.key, sample.label is Label.FAKE, kind))
        if isinstance(sample.image, Path):
            samples.append(sample)
    if not light:
        some = "; ".join(f"{key}: {reason}" for key, reason in list(unreadable.items())[:3])
        raise DatasetError(
            f"{benchmark.folder} gives no picture of {benchmark.layout.name} that can be read"
            + (f" ({some})" if some else f": {benchmark.layout.distribution}")
        )
    chosen = drawn_evenly(
        [key for _, key, _, _ in light],
        [fake for _, _, fake, _ in light],
        [kind for _, _, _, kind in light],
        limit,
        seed,
    )
    drawn = [light[place] for place in chosen]
    return BenchmarkPictures(
        benchmark,
        split,
        digest(benchmark.layout.name, split or splits[0], drawn),
        tuple(key for _, key, _, _ in drawn),
        tuple(number for number, _, _, _ in drawn),
        tuple(samples[place] for place in chosen) if len(samples) == len(light) else None,
        unreadable,
    )


def _of_sample(sample: BenchmarkSample) -> TestPicture:
    try:
        encoded = sample.read_image()
    except StorageError:
        encoded = b""  # Cannot be decoded, so that it is a failure that the report names.
    side = side_of(encoded)
    fake = sample.label is Label.FAKE
    return TestPicture(
        key=sample.key,
        encoded=encoded,
        fake=fake,
        group=sample.group or sample.key,
        columns={
            "domain": str(sample.domain),
            "operation": sample.operation or None,
            "generator": sample.generator or None,
        },
        side=side,
        mask=partial(_truth, sample, side),
        reasoning=sample.reasoning,
        findings=dict(sample.attributes),
    )


def _truth(sample: BenchmarkSample, side: Mapping[str, Any]) -> Mask | None:
    """Raises `StorageError` where the mask is missing or broken, which is said in the report."""
    if "height" not in side:
        return None
    size = side["height"], side["width"]
    if sample.label is Label.REAL and sample.mask is None:
        return np.zeros(size, np.bool_)
    return sample.read_mask(*size)
