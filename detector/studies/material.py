"""What a study works on: features of pictures, what they are grouped by, and whose real ones count.

A forgery is held against real pictures of its home: the domain of the picture that it was made
from. Synthesised pictures have no real ones of their own kind, but stand beside photographs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detector.data.rows import Rows
from detector.probes.contract import Features
from schemas.errors import DatasetError

COLUMNS = (
    "sample_id",
    "label",
    "domain",
    "operation",
    "generator",
    "generator_model",
    "generator_autoencoder",
    "source_id",
    "group_id",
)
"""The light columns that `material` wants of `Rows`."""
BY = ("operation", "domain", "generator")
ALL = "all"
UNNAMED = "unnamed"
"""The value of forgeries that have none in the column that is studied."""
_Names = npt.NDArray[np.str_]
_Bools = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Material:
    """The n pictures of one split.

    `features` (n, d) float32. `fake` (n,). `group` (n,) numbers: pictures that share one are not
    independent. `value` (n,): what a forgery is studied by; "" for a real picture. `home` (n,): the
    domain of a forgery's source, or of a real picture itself. `domain`, `operation` (n,).
    `model` (n,): the autoencoder, or else the model, that a forgery came out of; "" for none.
    """

    features: Features
    fake: _Bools
    group: _Places
    value: _Names
    home: _Names
    domain: _Names
    operation: _Names
    model: _Names

    def __len__(self) -> int:
        return len(self.fake)

    def values(self) -> list[str]:
        """The values that forgeries have, in alphabetical order."""
        return sorted({str(value) for value in self.value[self.fake]})

    def fakes(self, value: str) -> _Places:
        """The places of the forgeries with this value; of all for `ALL`."""
        chosen = self.fake if value == ALL else self.fake & (self.value == value)
        return np.flatnonzero(chosen)

    def reals(self, homes: Mapping[str, int]) -> _Places:
        """The places of the real pictures of these domains."""
        return np.flatnonzero(~self.fake & np.isin(self.home, list(homes)))

    def homes(self, places: _Places) -> dict[str, int]:
        """How many of the pictures at `places` are at home in each domain, the most first."""
        return dict(Counter(self.home[places].tolist()).most_common())


@dataclass(frozen=True, slots=True)
class Named:
    """The light columns of a split, before there are features."""

    fake: _Bools
    group: _Places
    value: _Names
    home: _Names
    domain: _Names
    operation: _Names
    model: _Names

    def with_features(self, features: Features) -> Material:
        """The material of these rows; features (n, d) in the rows' order."""
        if len(features) != len(self.fake):
            raise ValueError(f"{len(features)} vectors for {len(self.fake)} pictures")
        return Material(
            features,
            self.fake,
            self.group,
            self.value,
            self.home,
            self.domain,
            self.operation,
            self.model,
        )


def named(rows: Rows, by: str | None) -> Named:
    """The columns of rows that were opened with `COLUMNS`, studied by one of `BY` (None: by none).

    Raises DatasetError for another column, or where a forgery has no real picture to stand beside.
    """
    if by is not None and by not in BY:
        raise DatasetError(f"studies go by {', '.join(BY)}, not by {by!r}")
    table = rows.table
    fake = np.array(table["label"].to_pylist(), np.int64) == 1
    domain = _text(table, "domain")
    value = np.full(len(fake), ALL) if by is None else _text(table, by)
    value = np.where(value == "", UNNAMED, value)
    model = _text(table, "generator_autoencoder")
    model = np.where(model == "", _text(table, "generator_model"), model)
    _, group = np.unique(_groups(table), return_inverse=True)
    return Named(
        fake=fake,
        group=group.astype(np.intp),
        value=np.where(fake, value, ""),
        home=_homes(table, fake, domain),
        domain=domain,
        operation=np.where(fake, _text(table, "operation"), ""),
        model=np.where(fake, model, ""),
    )


def _text(table: pa.Table, column: str) -> _Names:
    return np.array([value or "" for value in table[column].to_pylist()], np.str_)


def _groups(table: pa.Table) -> list[str]:
    """The group of each row; a picture that has none is its own."""
    groups: Sequence[str | None] = table["group_id"].to_pylist()
    samples: Sequence[str] = table["sample_id"].to_pylist()
    return [group or f"alone {sample}" for group, sample in zip(groups, samples, strict=True)]


def _homes(table: pa.Table, fake: _Bools, domain: _Names) -> _Names:
    """The domain of the source; where the source is not in the rows, the one nearest at hand:
    the forgery's own domain if it has real pictures, else where most of its domain's are at home.
    """
    samples: list[str] = table["sample_id"].to_pylist()
    sources: list[str | None] = table["source_id"].to_pylist()
    of_real = {samples[place]: str(domain[place]) for place in np.flatnonzero(~fake)}
    if not of_real:
        raise DatasetError("the split has no real picture; a study needs both kinds")
    populated = Counter(of_real.values())
    known = [
        of_real.get(source or "", "") if fake[place] else str(domain[place])
        for place, source in enumerate(sources)
    ]
    seen: dict[str, Counter[str]] = {}
    for place in np.flatnonzero(fake):
        if known[place]:
            seen.setdefault(str(domain[place]), Counter())[known[place]] += 1
    for place in np.flatnonzero(fake):
        if not known[place]:
            own = str(domain[place])
            usual = seen.get(own, populated).most_common(1)[0][0]
            known[place] = own if own in populated else usual
    return np.array(known, np.str_)
