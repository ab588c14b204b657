"""Features are computed once: what a killed run has finished is kept, what is broken made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from detector.data.rows import open_rows
from detector.probes.cache import Progress, features_of
from detector.probes.contract import Features
from detector.probes.pieces import PIECE
from detector.probes.registry import extractor_named
from detector.studies.material import COLUMNS, named
from flows.workers import side_by_side
from schemas.errors import CounterfoilError, StorageError
from schemas.picture import Pixels
from storage.published import PublishedSet


@dataclass
class Counting:
    """Means of the channels; counts what it looks at, and is killed after so many pieces."""

    identity: str = "counting 1"
    spreads: bool = False
    most: int = 99
    looked: list[int] = field(default_factory=list)

    def extract(self, pictures: Sequence[Pixels]) -> Features:
        if len(self.looked) == self.most:
            raise KeyboardInterrupt
        self.looked.append(len(pictures))
        return np.stack([one.mean(axis=(0, 1)) for one in pictures]).astype(np.float32)


def test_features_are_found_again(traced: PublishedSet, tmp_path: Path) -> None:
    rows = open_rows(traced, columns=COLUMNS)
    first, second = Counting(), Counting()
    told: list[int] = []
    found = features_of(rows, first, tmp_path)
    again = features_of(rows, second, tmp_path, progress=Progress(told.append, told.append))
    assert found.shape == (len(rows), 3)
    np.testing.assert_array_equal(found, again)
    assert sum(first.looked) == len(rows)
    assert second.looked == []
    assert told[0] == -(-len(rows) // PIECE)
    assert sum(told[1:]) == len(rows)
    other = Counting(identity="counting 2")
    features_of(rows, other, tmp_path)
    assert sum(other.looked) == len(rows)
    features_of(open_rows(traced, "test", columns=COLUMNS), second, tmp_path)
    assert second.looked


def test_a_killed_run_goes_on_and_a_broken_piece_is_made_again(
    traced: PublishedSet, tmp_path: Path
) -> None:
    rows = open_rows(traced, columns=COLUMNS)
    with pytest.raises(KeyboardInterrupt):
        features_of(rows, Counting(most=1), tmp_path)
    rest = Counting()
    found = features_of(rows, rest, tmp_path)
    assert sum(rest.looked) == len(rows) - PIECE
    piece = sorted(tmp_path.rglob("*.npy"))[0]
    piece.write_bytes(piece.read_bytes()[:-7])
    mended = Counting()
    np.testing.assert_array_equal(features_of(rows, mended, tmp_path), found)
    assert mended.looked == [PIECE]


def test_processes_give_the_same(traced: PublishedSet, tmp_path: Path) -> None:
    rows = open_rows(traced, columns=COLUMNS)
    extractor = extractor_named("residuals")
    assert extractor.spreads
    alone = features_of(rows, extractor, tmp_path / "alone")
    shared = features_of(
        rows, extractor, tmp_path / "shared", lambda work, calls: side_by_side(work, calls, 2)
    )
    np.testing.assert_array_equal(alone, shared)


def test_what_is_no_number_is_refused(traced: PublishedSet, tmp_path: Path) -> None:
    class Broken(Counting):
        def extract(self, pictures: Sequence[Pixels]) -> Features:
            return np.full((len(pictures), 2), np.nan, np.float32)

    with pytest.raises(CounterfoilError, match="no numbers"):
        features_of(open_rows(traced, columns=COLUMNS), Broken(), tmp_path)
    assert not list(tmp_path.rglob("*.npy"))


@pytest.mark.parametrize("spec", ["residual", "clip", "clip:", "vgg:x", ""])
def test_unknown_features_name_the_known(spec: str) -> None:
    with pytest.raises(CounterfoilError, match="residuals, clip:CHECKPOINT"):
        extractor_named(spec)


def test_a_forgery_is_at_home_where_its_source_is(traced: PublishedSet) -> None:
    rows = open_rows(traced, columns=COLUMNS)
    columns = named(rows, "operation")
    table = rows.table.to_pylist()
    for place, row in enumerate(table):
        assert columns.home[place] == row["domain"]
        assert columns.value[place] == (row["operation"] or "")
    index = rows.table.schema.get_field_index("domain")
    import pyarrow as pa

    generated = ["aigc" if row["operation"] == "splice" else row["domain"] for row in table]
    moved = rows.table.set_column(index, "domain", pa.array(generated))
    lost = moved.schema.get_field_index("source_id")
    sources = [None if place % 6 == 1 else row["source_id"] for place, row in enumerate(table)]
    from dataclasses import replace

    orphaned = replace(rows, table=moved.set_column(lost, "source_id", pa.array(sources)))
    homes = named(orphaned, "domain")
    aigc = homes.value == "aigc"
    assert aigc.any()
    assert set(homes.home[aigc]) == {"natural"}
    assert set(homes.home) == {"natural", "document"}


def test_there_must_be_a_detector(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not a saved detector"):
        extractor_named(f"detector:{tmp_path}")
    with pytest.raises(StorageError, match="no checkpoint"):
        extractor_named(f"clip:{tmp_path}")
