"""Community Forensics, the comprehensive evaluation set: pictures of 21 generators, and reals.

Layout (the hub's OwensLab/CommunityForensics-Eval): Parquet files `data/CompEval-*-of-*.parquet`
with the columns image_name, format, resolution, mode, image_data (the encoded file), model_name,
nsfw_flag, prompt, real_source, subset, split, label (0 real, 1 generated) and architecture.

`model_name` of a real row names the generator that it is paired with, so it is not taken for its
generator. Not verified: whether `image_name` is unique; keys are therefore file and row. The rows
are sorted by label, and generated pictures are mostly PNG.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.contract import BenchmarkSample
from detector.layouts.tables import tables_with
from detector.layouts.trees import begin, chosen, key_of, required
from schemas.vocabulary import Domain, Label
from storage.picture_sets.parquet import ParquetSet

_COLUMNS = ("image_data", "label", "model_name", "architecture")
_READ = ("label", "model_name", "prompt", "real_source")


@dataclass(frozen=True, slots=True)
class CommunityForensics:
    """One split, named as its files begin (`CompEval`)."""

    name: str = "community_forensics"
    reference: str = "Community Forensics (Park and Owens, CVPR 2025), arXiv 2411.04125"
    distribution: str = (
        "the Parquet files of the hub's OwensLab/CommunityForensics-Eval, in the folder or in data/"
    )

    def find(self, folder: Path) -> Path | None:
        """Where the Parquet files lie."""
        return begin(folder, lambda root: bool(tables_with(root, _COLUMNS)))

    def splits(self, folder: Path) -> tuple[str, ...]:
        """What the files' names begin with."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        return tuple(sorted({_split(path) for path in tables_with(root, _COLUMNS)}))

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """The rows of all files, a few in memory at a time."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        split = chosen(split, self.splits(folder), self.name)
        names = tuple(
            key_of(path, root) for path in tables_with(root, _COLUMNS) if _split(path) == split
        )
        rows = ParquetSet(self.name, str(root), names, image_column="image_data")
        for piece in rows.pieces():
            for row in rows.read(piece, _READ):
                told = row.facts
                label = Label.FAKE if told["label"] in (1, "1", "fake") else Label.REAL
                known = told["label"] in (0, 1, "0", "1", "real", "fake")
                yield BenchmarkSample(
                    key=row.key,
                    image=row.data,
                    label=label,
                    domain=Domain.AIGC,
                    generator=str(told.get("model_name") or "") if label == Label.FAKE else "",
                    operation="text_to_image" if label == Label.FAKE else "",
                    caption=str(told.get("prompt") or ""),
                    problem=row.problem
                    or ("" if known else f"its label is {told['label']!r}, neither 0 nor 1"),
                )


def _split(path: Path) -> str:
    return path.name.partition("-")[0].partition(".")[0]
