"""What a benchmark is to those who measure on it: samples with their truth, read when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from schemas.errors import StorageError
from schemas.picture import Mask
from schemas.vocabulary import Domain, Label
from storage.files import explained

MaskRule = Callable[[bytes], Mask]
"""Turns a mask's encoded file into bool (height, width), True where the picture was forged."""


@dataclass(frozen=True, slots=True)
class StoredMask:
    """A mask as the benchmark stores it, and the rule by which its values are read.

    `problem` says in a sentence why there is none where there should be, and what to do about it.
    """

    source: bytes | Path
    rule: MaskRule
    problem: str = ""

    def read(self) -> Mask:
        """Bool (height, width), True where the picture was forged. Raises `StorageError`."""
        if self.problem:
            raise StorageError(self.problem)
        try:
            return self.rule(_bytes_of(self.source))
        except StorageError as error:
            where = f"the mask {self.source}" if isinstance(self.source, Path) else "the mask"
            raise StorageError(f"{where}: {error}") from error


@dataclass(frozen=True, slots=True)
class BenchmarkSample:
    """One picture of a benchmark with everything that the benchmark says of it.

    `key` names it within the benchmark and is unique there. `image` is the encoded file, or the
    path that it is read from when asked. `mask` is None where the benchmark has none. `generator`
    and `operation` are "" where unknown, and for real pictures. Samples with the same `group`
    share a source (a photograph, a video), so that they stand or fall together; "" says that none
    is known, not that such samples share one. `attributes` maps an attribute to the sentence that
    was written of it.

    `problem` says in a sentence why the picture cannot be had, or its label not be trusted, and
    what to do about it, where that is known before reading. Such samples are given all the same, to
    be counted. A mask that is missing is a problem of the mask's own: the verdict can be measured
    without it.
    """

    key: str
    image: bytes | Path
    label: Label
    domain: Domain
    mask: StoredMask | None = None
    generator: str = ""
    operation: str = ""
    group: str = ""
    caption: str = ""
    reasoning: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    def read_image(self) -> bytes:
        """The encoded file. Raises `StorageError`, also where there is a `problem`."""
        if self.problem:
            raise StorageError(f"{self.key}: {self.problem}")
        return _bytes_of(self.image)

    def read_mask(self, height: int, width: int) -> Mask | None:
        """Bool (height, width), True where forged; None where the benchmark has no mask.

        Raises `StorageError` where it cannot be read or has another size: it is never stretched.
        """
        if self.problem:
            raise StorageError(f"{self.key}: {self.problem}")
        if self.mask is None:
            return None
        try:
            mask = self.mask.read()
        except StorageError as error:
            raise StorageError(f"{self.key}: {error}") from error
        if mask.shape != (height, width):
            raise StorageError(
                f"{self.key}: its mask is {mask.shape[1]} by {mask.shape[0]}, the picture "
                f"{width} by {height}; replace the mask by a corrected one or leave the picture out"
            )
        return mask


class BenchmarkLayout(Protocol):
    """How one benchmark lies on a disk, as it is distributed."""

    @property
    def name(self) -> str:
        """What commands call it."""
        ...

    @property
    def reference(self) -> str:
        """The publication."""
        ...

    @property
    def distribution(self) -> str:
        """How it is distributed and what its folder must hold, in a sentence."""
        ...

    def find(self, folder: Path) -> Path | None:
        """Where below `folder` this layout begins; None where it is another. Reads little."""
        ...

    def splits(self, folder: Path) -> tuple[str, ...]:
        """The parts that may be asked for; the first is the one that None stands for."""
        ...

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """The pictures of one split, in a fixed order. Raises `StorageError`."""
        ...


@dataclass(frozen=True, slots=True)
class Census:
    """How many pictures a benchmark gave, and which of them cannot be had, with the reasons.

    `real` and `fake` count pictures that can be had, `masked` those with a mask that can.
    `unreadable` are pictures, `unmasked` readable pictures whose mask is missing, by their keys.
    """

    real: int
    fake: int
    masked: int
    unreadable: Mapping[str, str]
    unmasked: Mapping[str, str]

    @property
    def total(self) -> int:
        """All pictures, unreadable ones included."""
        return self.real + self.fake + len(self.unreadable)


def take_census(samples: Iterable[BenchmarkSample]) -> Census:
    """Count samples without opening them: a `problem` counts as unreadable."""
    counts = {Label.REAL: 0, Label.FAKE: 0}
    masked = 0
    unreadable: dict[str, str] = {}
    unmasked: dict[str, str] = {}
    for sample in samples:
        if sample.problem:
            unreadable[sample.key] = sample.problem
            continue
        counts[sample.label] += 1
        if sample.mask is not None and sample.mask.problem:
            unmasked[sample.key] = sample.mask.problem
        else:
            masked += sample.mask is not None
    return Census(counts[Label.REAL], counts[Label.FAKE], masked, unreadable, unmasked)


def mask_at(path: Path, rule: MaskRule, advice: str) -> StoredMask:
    """The mask in a file; where there is no such file, one whose problem ends in `advice`."""
    problem = "" if path.is_file() else f"its mask {path} is missing; {advice}"
    return StoredMask(path, rule, problem)


def _bytes_of(source: bytes | Path) -> bytes:
    if isinstance(source, bytes):
        return source
    with explained(f"reading {source}"):
        return source.read_bytes()
