"""Hash lists: written, read back, and read as others write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from upath import UPath

from curation.contamination.hash_lists import (
    HashList,
    is_hash_list,
    read_hash_list,
    write_hash_list,
)
from schemas.errors import StorageError

PRINTS = np.array([0, 2**64 - 1, 0x0123456789ABCDEF], np.uint64)
HEX = ["0000000000000000", "ffffffffffffffff", "0123456789abcdef"]


def a_list(**more: Any) -> HashList:
    return HashList("coco", pa.array(["a.jpg", "b.jpg", "c.jpg"]), PRINTS, **more)


def test_a_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    turned = np.arange(24, dtype=np.uint64).reshape(3, 8)
    sizes = np.array([[1, 2], [3, 4], [5, 6]], np.int32)
    tiles = pa.array([b"1", None, b"3"], pa.binary())
    whole = a_list(orientations=turned, sizes=sizes, tiles=tiles, unreadable=4, made_by="x 1")
    path = UPath(tmp_path / "list.parquet")
    write_hash_list(path, whole)
    found = read_hash_list(path)
    assert found.keys.to_pylist() == ["a.jpg", "b.jpg", "c.jpg"]
    assert (found.fingerprints == PRINTS).all()
    assert found.orientations is not None
    assert (found.orientations == turned).all()
    assert found.sizes is not None
    assert (found.sizes == sizes).all()
    assert found.tiles is not None
    assert found.tiles.to_pylist() == [b"1", None, b"3"]
    assert (found.name, found.unreadable, found.made_by) == ("coco", 4, "x 1")
    assert is_hash_list(path)


def test_a_list_of_fingerprints_alone_is_enough(tmp_path: Path) -> None:
    for kind, values in ((pa.uint64(), PRINTS), (pa.int64(), PRINTS.view(np.int64)), (None, HEX)):
        pq.write_table(
            pa.table({"fingerprint": pa.array(values, kind)}), tmp_path / "casia.parquet"
        )
        found = read_hash_list(UPath(tmp_path / "casia.parquet"))
        assert (found.fingerprints == PRINTS).all()
        assert (found.name, found.key(1)) == ("casia", "row 1")
        assert found.orientations is None


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{print_} {name}" for print_, name in zip(HEX, "abc", strict=True)),
        "\n".join(f"{name}\t0x{print_}" for print_, name in zip(HEX, "abc", strict=True)),
        "# from a mirror\n\nname,hash\r\n"
        + "\r\n".join(
            f'"{name}",{print_.upper()}' for print_, name in zip(HEX, "abc", strict=True)
        ),
        "\ufefffile;x,phash,n\n" + "\n".join(f"{n},{p}," for p, n in zip(HEX, "abc", strict=True)),
    ],
)
def test_texts_and_tables_of_others_are_read(tmp_path: Path, text: str) -> None:
    path = UPath(tmp_path / "nist.txt")
    path.write_text(text, encoding="utf-8")
    found = read_hash_list(path)
    assert (found.fingerprints == PRINTS).all()
    assert [key.strip() for key in found.keys.to_pylist()] == ["a", "b", "c"]
    assert found.name == "nist"


def test_hashes_without_names_are_named_by_their_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# three\n" + "\n".join(HEX))
    found = read_hash_list(UPath(tmp_path / "a.txt"))
    assert found.keys.to_pylist() == ["line 2", "line 3", "line 4"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0123456789abcdef a\nabc b\n", "line 2: no hash of 16 hex digits in 'abc b'"),
        ("# nothing\n", "holds no hash"),
        ("nothing\n", "line 1: no hash"),
    ],
)
def test_texts_without_hashes_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(StorageError, match=said):
        read_hash_list(UPath(tmp_path / "a.txt"))


def test_lists_that_cannot_be_compared_are_refused(tmp_path: Path) -> None:
    path = UPath(tmp_path / "a.parquet")
    write_hash_list(path, a_list(method="dhash-64"))
    with pytest.raises(StorageError, match="made by the method dhash-64"):
        read_hash_list(path)
    pq.write_table(pa.table({"n": [1]}), tmp_path / "b.parquet")
    with pytest.raises(StorageError, match="no column fingerprint, only n"):
        read_hash_list(UPath(tmp_path / "b.parquet"))
    pq.write_table(pa.table({"fingerprint": ["xyz"]}), tmp_path / "c.parquet")
    with pytest.raises(StorageError, match="'xyz' is no hash"):
        read_hash_list(UPath(tmp_path / "c.parquet"))
    pq.write_table(pa.table({"fingerprint": [None, 3]}), tmp_path / "d.parquet")
    with pytest.raises(StorageError, match="1 rows without a fingerprint"):
        read_hash_list(UPath(tmp_path / "d.parquet"))
    (tmp_path / "e.parquet").write_bytes(b"PAR1 or so")
    with pytest.raises(StorageError, match="no Parquet file, or a broken one"):
        read_hash_list(UPath(tmp_path / "e.parquet"))
