"""OpenSDI (OpenSDID): pictures of five diffusion models, whole or in part, with masks.

Layout (the hub's nebula/OpenSDI_test and nebula/OpenSDI_train): Parquet files
`data/<generator>-00000-of-000NN.parquet` for sd15, sd2, sdxl, sd3 and flux, with the columns key
(a path; `partial/…` where a region was made, another where the whole picture was), image, mask and
label (0 real, 1 fake).

A real picture's mask is not read: nothing in it is forged. Not verified: what stands in a real
row's mask, and that all keys of local edits begin with `partial/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.layouts.contract import BenchmarkSample, StoredMask
from detector.layouts.masks import light
from detector.layouts.tables import tables_with
from detector.layouts.trees import begin, chosen, key_of, required
from schemas.vocabulary import Domain, Label
from storage.picture_sets.parquet import ParquetSet

_COLUMNS = ("key", "image", "mask", "label")
_ALL = "all"
_NO_MASK = "it is forged, but its row holds no mask; fetch the file again"


@dataclass(frozen=True, slots=True)
class OpenSdi:
    """Splits: `all`, and each generator by itself with the reals beside it."""

    name: str = "opensdi"
    reference: str = "OpenSDI (Wang et al., CVPR 2025), arXiv 2503.19653"
    distribution: str = (
        "the Parquet files of the hub's nebula/OpenSDI_test, in the folder or in data/"
    )

    def find(self, folder: Path) -> Path | None:
        """Where the Parquet files lie."""
        return begin(folder, lambda root: bool(tables_with(root, _COLUMNS)))

    def splits(self, folder: Path) -> tuple[str, ...]:
        """`all` and the generators that are there."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        return (_ALL, *sorted({_generator(path) for path in tables_with(root, _COLUMNS)}))

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """The rows of all files, a few in memory at a time; keys begin with the generator."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        split = chosen(split, self.splits(folder), self.name)
        for path in tables_with(root, _COLUMNS):
            if split in (_ALL, _generator(path)):
                yield from _rows(root, path)


def _rows(root: Path, path: Path) -> Iterator[BenchmarkSample]:
    generator = _generator(path)
    rows = ParquetSet("opensdi", str(root), (key_of(path, root),), image_column="image")
    for piece in rows.pieces():
        for row in rows.read(piece, ("key", "mask", "label")):
            told = row.facts["label"]
            label = Label.FAKE if told in (1, "1", "fake") else Label.REAL
            problem = row.problem
            if told not in (0, 1, "0", "1", "real", "fake"):
                problem = problem or f"its label is {told!r}, neither 0 nor 1"
            mask = None
            if label == Label.FAKE:
                data = _mask(row.facts["mask"])
                mask = StoredMask(data, light, "" if data else _NO_MASK)
            key = str(row.facts["key"])
            made = "inpaint_object" if "partial" in key.split("/") else "text_to_image"
            yield BenchmarkSample(
                # Real pictures may be listed beside several generators.
                key=f"{generator}/{key}" if row.facts["key"] else row.key,
                image=row.data,
                label=label,
                domain=Domain.NATURAL,
                mask=mask,
                generator=generator if label == Label.FAKE else "",
                operation=made if label == Label.FAKE else "",
                group="" if label == Label.FAKE else key,
                problem=problem,
            )


def _generator(path: Path) -> str:
    return path.name.partition("-")[0].partition(".")[0]


def _mask(value: Any) -> bytes:
    """The encoded mask of a struct with `bytes`, or of plain bytes; empty where there is none."""
    data = value.get("bytes") if isinstance(value, dict) else value
    return data if isinstance(data, bytes) else b""
