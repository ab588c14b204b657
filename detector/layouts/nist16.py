"""NIST Nimble Challenge 2016 (NIST16): photographs that were spliced, copy-moved and cleaned up.

Layout (`NC2016_Test0613`, as NIST's MediScore and the test lists of TruFor read it): tables
`reference/<task>/NC2016-<task>-ref.csv` with columns parted by `|`, among them ProbeFileName,
ProbeMaskFileName, IsTarget (Y where forged), BaseFileName and IsManipulationTypeSplice, -CopyClone
and -Removal; pictures in `probe/` and `world/`; masks in `reference/<task>/mask/`, black where the
picture was forged, white elsewhere.

The table of the task `manipulation` comes first; a probe that several tables name is given once.

Not verified: how far the tables of the three tasks overlap, and whether masks follow the EXIF
orientation of the few pictures that have one (if not, they fail when read).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.contract import BenchmarkSample, StoredMask
from detector.layouts.masks import dark
from detector.layouts.trees import Relocation, begin, chosen, files, folders, read_table, required
from schemas.vocabulary import Domain, Label

_ALL = "all"
_COLUMNS = ("ProbeFileName", "ProbeMaskFileName", "IsTarget")
_OPERATIONS = {
    "IsManipulationTypeSplice": "splice",
    "IsManipulationTypeCopyClone": "copy_move",
    "IsManipulationTypeRemoval": "inpaint_remove",
}


@dataclass(frozen=True, slots=True)
class Nist16:
    """Splits: `all`, and each task by itself."""

    name: str = "nist16"
    reference: str = "MFC datasets (Guan et al., WACVW 2019), doi 10.1109/WACVW.2019.00018"
    distribution: str = (
        "NC2016_Test0613 with probe/, world/ and reference/manipulation/NC2016-manipulation-ref.csv"
    )

    def find(self, folder: Path) -> Path | None:
        """Where `reference` lies."""
        return begin(folder, lambda root: bool(_tables(root)))

    def splits(self, folder: Path) -> tuple[str, ...]:
        """`all` and the tasks that have a table."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        return (_ALL, *dict.fromkeys(_task(path) for path in _tables(root)))

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """The probes of the tables, in their order."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        split = chosen(split, self.splits(folder), self.name)
        relocation = Relocation(root)
        seen: set[str] = set()
        for table in _tables(root):
            if split in (_ALL, _task(table)):
                for row in read_table(table, "|", _COLUMNS):
                    if row["ProbeFileName"] not in seen:
                        seen.add(row["ProbeFileName"])
                        yield _sample(row, _task(table), relocation)


def _sample(row: Mapping[str, str], task: str, relocation: Relocation) -> BenchmarkSample:
    image, problem = relocation.locate(row["ProbeFileName"])
    forged = row["IsTarget"].strip().upper() == "Y"
    if row["IsTarget"].strip().upper() not in ("Y", "N"):
        problem = problem or f"IsTarget is {row['IsTarget']!r}, neither Y nor N; fetch the table"
    mask = None
    if forged:
        if row["ProbeMaskFileName"].strip():
            found, missing = relocation.locate(row["ProbeMaskFileName"].strip())
            mask = StoredMask(found, dark, missing)
        else:
            mask = StoredMask(
                b"", dark, "it is forged, but its table names no mask; fetch the table again"
            )
    done = [name for column, name in _OPERATIONS.items() if row.get(column, "").upper() == "Y"]
    by_task = {"splice": "splice", "removal": "inpaint_remove"}.get(task, "")
    return BenchmarkSample(
        key=row["ProbeFileName"],
        image=image,
        label=Label.FAKE if forged else Label.REAL,
        domain=Domain.NATURAL,
        mask=mask,
        operation=(done[0] if done else by_task) if forged else "",
        group=row.get("BaseFileName", "") or row["ProbeFileName"],
        problem=problem,
    )


def _tables(root: Path) -> list[Path]:
    found = [
        path
        for folder in folders(root / "reference")
        for path in files(folder, ("-ref.csv",))
        if path.name.startswith("NC2016-")
    ]
    return sorted(found, key=lambda path: (_task(path) != "manipulation", path.name))


def _task(path: Path) -> str:
    return path.name.removeprefix("NC2016-").removesuffix("-ref.csv")
