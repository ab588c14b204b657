"""The place of every picture's bytes, against what pyarrow reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.data.offsets import ABSENT, UNKNOWN, spans
from detector.data.pages import levels, pages
from detector.data.pictures import PictureReader
from detector.data.rows import open_rows
from schemas.features import IMAGE_COLUMNS
from storage.published import PublishedSet

Values = list[bytes | None]
_KIND = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def written(path: Path, values: Values, **options: Any) -> Path:
    rows = [None if one is None else {"bytes": one, "path": None} for one in values]
    table = pa.table({"image": pa.array(rows, _KIND)})
    pq.write_table(table, path, **{"compression": "none", "use_dictionary": False} | options)
    return path


def sliced(path: Path) -> Values:
    found, data = spans(path, ["image"])["image"], path.read_bytes()
    assert (found.offset != UNKNOWN).all()
    return [
        None if offset == ABSENT else data[offset : offset + length]
        for offset, length in zip(found.offset.tolist(), found.length.tolist(), strict=True)
    ]


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.binary(max_size=40)), max_size=80),
    group=st.integers(1, 40),
    page=st.sampled_from([1, 64, 1 << 20]),
    version=st.sampled_from(["1.0", "2.0"]),
    chunking=st.booleans(),
)
def test_slices_of_the_file_are_the_values(
    tmp_path_factory: pytest.TempPathFactory,
    values: Values,
    group: int,
    page: int,
    version: str,
    chunking: bool,
) -> None:
    path = tmp_path_factory.mktemp("offsets") / "some.parquet"
    written(
        path,
        values,
        row_group_size=group,
        data_page_size=page,
        write_batch_size=3,
        data_page_version=version,
        use_content_defined_chunking=chunking,
        write_page_checksum=chunking,
    )
    assert sliced(path) == values


def test_long_runs_and_large_values(tmp_path: Path) -> None:
    values: Values = [None] * 700 + [b"x" * 70_000] * 9 + [b"", None] * 400 + [b"y"] * 900
    assert sliced(written(tmp_path / "a.parquet", values, data_page_size=1000)) == values


def test_a_column_that_cannot_be_null_has_no_levels(tmp_path: Path) -> None:
    kind = pa.struct([pa.field("bytes", pa.binary(), nullable=False)])
    schema = pa.schema([pa.field("image", kind, nullable=False)])
    table = pa.table({"image": pa.array([{"bytes": b"a"}, {"bytes": b"bcd"}], kind)}, schema)
    pq.write_table(table, tmp_path / "a", compression="none", use_dictionary=False)
    assert sliced(tmp_path / "a") == [b"a", b"bcd"]


@pytest.mark.parametrize("options", [{"compression": "zstd"}, {"use_dictionary": True}])
def test_what_does_not_lie_in_the_file_as_it_is_stays_unknown(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    path = written(tmp_path / "a", [b"aaaa", b"bbbb", b"aaaa"], **options)
    assert (spans(path, ["image"])["image"].offset == UNKNOWN).all()


@pytest.mark.parametrize("offsets", [True, False])
def test_every_picture_of_a_set_is_read_as_pyarrow_reads_it(
    published: PublishedSet, offsets: bool
) -> None:
    rows = open_rows(published, None, pictures=IMAGE_COLUMNS, offsets=offsets)
    assert (rows.pictures["image"].offset >= 0).all() == offsets
    reader = PictureReader(rows)
    expected = published.table(["sample_id", *IMAGE_COLUMNS]).to_pylist()
    assert rows.table["sample_id"].to_pylist() == [row["sample_id"] for row in expected]
    for number, row in enumerate(expected):
        for column in IMAGE_COLUMNS:
            data = None if row[column] is None else row[column]["bytes"]
            assert reader.read(number, column) == data
    reader.close()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), max_size=8), st.booleans())
def test_levels_in_runs_and_in_packed_bits(runs: list[tuple[int, int]], packed: bool) -> None:
    wanted = [level for level, count in runs for _ in range(count)]
    data = b"".join(bytes([count << 1, level]) for level, count in runs)
    if packed:
        whole = wanted + [0] * (-len(wanted) % 8)
        bits = np.array([level >> bit & 1 for level in whole for bit in (0, 1)], np.uint8)
        eights = np.packbits(bits, bitorder="little")
        data = bytes([len(whole) // 8 << 1 | 1]) + eights.tobytes()
    assert levels(memoryview(data), len(wanted), 3).tolist() == wanted


def test_bytes_that_are_no_pages_are_refused() -> None:
    with pytest.raises(ValueError, match="no page header"):
        list(pages(memoryview(b"\x15\x00"), 0, 2, 1))
    with pytest.raises(ValueError, match="too early"):
        levels(memoryview(b""), 1, 1)
