"""A part is done when its manifest says so and its tables are intact."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import OutcomeError
from schemas.vocabulary import Status
from storage.files import location
from storage.parts import Counts, Part, count_outcomes, drop_stale_parts

TABLE = pa.table({"id": [f"row-{i:03d}" for i in range(50)], "value": list(range(50))})


def written(folder: Path, index: int = 0, counts: Counts | None = None) -> Part:
    part = Part(location(folder), "forge", index)
    part.write("key", {"rows": TABLE}, counts or Counts(50, 50), time.monotonic())
    return part


def test_a_part_is_finished_for_its_own_key_only(tmp_path: Path) -> None:
    part = written(tmp_path)
    assert part.finished("key") is not None
    assert part.finished("another") is None


def test_a_damaged_or_missing_table_means_not_finished(tmp_path: Path) -> None:
    part = written(tmp_path)
    path = Path(part.table_path("rows").path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert part.finished("key") is None
    path.unlink()
    assert part.finished("key") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stage": "forge"}', '{"counts": 3}'])
def test_a_damaged_manifest_means_not_finished(tmp_path: Path, text: str) -> None:
    part = written(tmp_path)
    Path(part.manifest_path.path).write_text(text)
    assert part.finished("key") is None


def test_counts_that_do_not_add_up_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutcomeError, match="planned 50 but ended with 49 ok"):
        written(tmp_path, counts=Counts(50, 49))
    assert list(tmp_path.iterdir()) == []


def test_select_finds_rows_wherever_they_lie(tmp_path: Path) -> None:
    part = written(tmp_path)
    found = part.select("rows", "id", ["row-049", "row-003", "absent"], ("value",))
    assert found.to_pylist() == [{"id": "row-003", "value": 3}, {"id": "row-049", "value": 49}]
    none = part.select("rows", "id", ["absent"], ("value",))
    assert none.num_rows == 0
    assert none.column_names == ["id", "value"]


def test_stale_parts_go_and_others_stay(tmp_path: Path) -> None:
    for index in range(3):
        written(tmp_path, index)
    drop_stale_parts(location(tmp_path), "forge", 2)
    left = sorted(path.name for path in (tmp_path / "forge").iterdir())
    assert left == [
        "part-00000.json",
        "part-00000.rows.parquet",
        "part-00001.json",
        "part-00001.rows.parquet",
    ]


statuses = st.tuples(st.sampled_from([s.value for s in Status]), st.sampled_from(["a", "b"]))


@given(st.lists(statuses), st.lists(statuses))
def test_counts_add_up(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    counts = count_outcomes(one) + count_outcomes(other)
    counts.check("stage")
    assert counts.planned == len(one) + len(other)
    assert sum(counts.reasons.values()) == counts.rejected + counts.failed
    assert counts == count_outcomes([*one, *other])
