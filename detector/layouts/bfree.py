"""B-Free: pictures that went viral, and the lists of its test sets, each a CSV file beside them.

Layout (READMEs of github.com/grip-unina/B-Free): a list such as `BFree_viral_images.csv` with the
columns filename (within the folder, `REAL/<source>/img00400.jpg`), label (`REAL` or `0`; anything
else is generated), and for the viral pictures source_id (pictures of one id are copies of one
picture), date, days_since_1st_post, w, h, md5 and url. The pictures are downloaded from their
addresses, some of which are gone: those are given as unreadable.

Not verified: the layout of the training set (51 517 COCO pictures and their SD 2.1 versions), which
is not read here; columns other than these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.contract import BenchmarkSample
from detector.layouts.trees import Relocation, begin, chosen, files, read_table, required
from schemas.errors import StorageError
from schemas.vocabulary import Domain, Label
from storage.files import explained

_COLUMNS = ("filename", "label")


@dataclass(frozen=True, slots=True)
class BFree:
    """Splits: the lists that are there, by their names."""

    name: str = "bfree"
    reference: str = "B-Free (Guillaro et al., CVPR 2025), arXiv 2412.17671"
    distribution: str = (
        "a CSV list with the columns filename and label (BFree_viral_images.csv of "
        "github.com/grip-unina/B-Free) and the pictures that its notebook downloads beside it"
    )

    def find(self, folder: Path) -> Path | None:
        """Where a list lies."""
        return begin(folder, lambda root: bool(_lists(root)))

    def splits(self, folder: Path) -> tuple[str, ...]:
        """The names of the lists."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        return tuple(path.stem for path in _lists(root))

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """The rows of a list, in its order."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        split = chosen(split, self.splits(folder), self.name)
        path = next(path for path in _lists(root) if path.stem == split)
        relocation = Relocation(root)
        seen: set[str] = set()
        for row in read_table(path, ",", _COLUMNS):
            listed, told = row["filename"].strip(), row["label"].strip()
            if not told:
                raise StorageError(f"{path}: {listed} has no label; fetch the list again")
            if listed in seen:
                raise StorageError(f"{path}: {listed} is listed twice; fetch the list again")
            seen.add(listed)
            image, problem = relocation.locate(listed)
            yield BenchmarkSample(
                key=listed,
                image=image,
                label=Label.REAL if told.upper() in ("REAL", "0") else Label.FAKE,
                domain=Domain.AIGC,
                group=row.get("source_id", ""),
                problem=problem,
            )


def _lists(root: Path) -> list[Path]:
    return [path for path in files(root, (".csv",)) if set(_COLUMNS) <= _header(path)]


def _header(path: Path) -> set[str]:
    with explained(f"reading {path}"), path.open(encoding="utf-8-sig", errors="replace") as file:
        return {name.strip().strip('"') for name in file.readline().split(",")}
