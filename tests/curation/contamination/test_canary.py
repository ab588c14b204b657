"""The canary of a set, and the finder of anybody's."""

from __future__ import annotations

import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from upath import UPath

from curation.contamination import canary as module
from curation.contamination.canary import canaries_in, canary, canary_guid, find_canaries
from schemas.errors import StorageError

OTHER = "26b5c67b-86ad-4c4a-9d0a-6e2b0f2b6a55"


def test_a_canary_is_that_of_a_name_and_a_seed() -> None:
    assert canary_guid("unified", 1) == canary_guid("unified", 1)
    assert len({canary_guid(name, seed) for name in ("a", "b") for seed in (1, 2)}) == 4
    assert uuid.UUID(canary_guid("unified", 1)).version == 5
    assert canaries_in(canary("unified", 1)) == (canary_guid("unified", 1),)
    assert "should never appear" in canary("unified", 1)


def test_canaries_of_others_are_found_too_and_each_once() -> None:
    text = f"… canary GUID {OTHER} … CANARY  guid {OTHER.upper()} … canary GUID 26b5 …"
    assert canaries_in(text) == (OTHER,)


def test_cards_metadata_and_rows_are_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PIECE", 300)
    line = canary("unified", 7)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "README.md").write_text("x" * 250 + line + "y" * 1000)  # across two pieces
    (tmp_path / "corpus" / "notes.txt").write_text("nothing here")
    (tmp_path / "corpus" / "picture.jpg").write_bytes(line.encode())
    rows = pa.table({"text": ["a", line, line], "n": [1, 2, 3]})
    pq.write_table(rows, tmp_path / "corpus" / "rows.parquet")
    told = pa.table({"n": [1]}).replace_schema_metadata({"canary": f"canary GUID {OTHER}"})
    pq.write_table(told, tmp_path / "corpus" / "told.parquet")
    found = [(one.guid, Path(one.where).name) for one in find_canaries(UPath(tmp_path))]
    ours = canary_guid("unified", 7)
    assert found == [(ours, "README.md"), (ours, "rows.parquet"), (OTHER, "told.parquet")]
    assert [one.guid for one in find_canaries(UPath(tmp_path / "README.md"))] == [ours]


def test_a_broken_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(StorageError, match=r"a\.parquet is no Parquet file"):
        list(find_canaries(UPath(tmp_path)))
