"""Opens a benchmark by its name, or by what its folder looks like."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.autosplice import AutoSplice
from detector.layouts.bfree import BFree
from detector.layouts.casia import CASIA_V1, CASIA_V2
from detector.layouts.cocoglide import CocoGlide
from detector.layouts.columbia import Columbia
from detector.layouts.community_forensics import CommunityForensics
from detector.layouts.contract import BenchmarkLayout, BenchmarkSample
from detector.layouts.coverage import Coverage
from detector.layouts.deepfakebench import CELEB_DF, FACE_FORENSICS
from detector.layouts.doctamper import DocTamper
from detector.layouts.genimage import GenImage
from detector.layouts.loki import Loki
from detector.layouts.mmfr import Mmfr
from detector.layouts.nist16 import Nist16
from detector.layouts.opensdi import OpenSdi
from schemas.errors import StorageError

_LAYOUTS: tuple[BenchmarkLayout, ...] = (
    Mmfr(),
    Loki(),
    GenImage(),
    CommunityForensics(),
    BFree(),
    CELEB_DF,
    FACE_FORENSICS,
    CASIA_V1,
    CASIA_V2,
    Columbia(),
    Coverage(),
    Nist16(),
    CocoGlide(),
    AutoSplice(),
    OpenSdi(),
    DocTamper(),
)

LAYOUTS: dict[str, BenchmarkLayout] = {layout.name: layout for layout in _LAYOUTS}
"""The benchmarks that are known, by name."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark at its place."""

    layout: BenchmarkLayout
    folder: Path

    def splits(self) -> tuple[str, ...]:
        """The parts that may be asked for; the first is the one that None stands for."""
        return self.layout.splits(self.folder)

    def samples(self, split: str | None = None) -> Iterator[BenchmarkSample]:
        """The pictures of one split, in a fixed order. Raises `StorageError`."""
        return self.layout.samples(self.folder, split)


def open_benchmark(folder: str | os.PathLike[str], name: str | None = None) -> Benchmark:
    """Open the benchmark in `folder`, the one called `name` or the one whose layout it has.

    Raises `StorageError` where the folder or the name is unknown, where the folder does not have
    the named layout, or has none that is known, or several.
    """
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise StorageError(f"{place} is no folder; give the one that the benchmark was unpacked in")
    if name is not None:
        if name not in LAYOUTS:
            raise StorageError(f"no benchmark is called {name!r}; known are {', '.join(LAYOUTS)}")
        layout = LAYOUTS[name]
        if layout.find(place) is None:
            raise StorageError(f"{place} does not hold {name}: {layout.distribution}")
        return Benchmark(layout, place)
    fitting = [layout for layout in _LAYOUTS if layout.find(place) is not None]
    if len(fitting) == 1:
        return Benchmark(fitting[0], place)
    if fitting:
        names = ", ".join(layout.name for layout in fitting)
        raise StorageError(f"{place} looks like several benchmarks ({names}); name one of them")
    raise StorageError(
        f"{place} has the layout of no benchmark that is known; name the one that it should be of "
        f"{', '.join(LAYOUTS)} to be told what it should hold"
    )
