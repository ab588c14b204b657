"""Hash lists take the place of pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.contamination.hash_lists import HashList, write_hash_list
from flows.commands.duplicates import run_duplicates
from schemas.errors import CounterfoilError
from storage.codecs import encode_png
from storage.files import location

HASHES = np.array([7, 7 ^ 0b11, 0xFFFF_0000_FFFF_0000, 7], np.uint64)


def written(
    folder: Path,
    name: str,
    hashes: npt.NDArray[np.uint64],
    sizes: npt.NDArray[np.int32] | None = None,
) -> str:
    path = folder / f"{name}.parquet"
    keys = pa.array([f"{name}/{number}" for number in range(len(hashes))])
    write_hash_list(location(path), HashList(name, keys, hashes, sizes=sizes))
    return str(path)


def test_lists_are_compared_and_the_larger_picture_stays(tmp_path: Path) -> None:
    sizes = np.array([[100, 100], [200, 100], [50, 50], [10, 10]], np.int32)
    path = written(tmp_path, "a", HASHES, sizes)
    run_duplicates([path], out=str(tmp_path / "out"), list_file=str(tmp_path / "drop.txt"))
    table = pq.read_table(tmp_path / "out" / "duplicates.parquet").to_pylist()
    assert {row["key"]: row["kept_for"] for row in table} == {
        "a/1": None, "a/0": "a/1", "a/3": "a/1",
    }  # fmt: skip
    assert sorted((tmp_path / "drop.txt").read_text().split()) == ["a/0", "a/3"]


def test_of_two_lists_the_earlier_ones_pictures_stay(tmp_path: Path) -> None:
    first = written(tmp_path, "a", HASHES[:1])
    second = written(tmp_path, "b", HASHES[1:])
    run_duplicates([first, second], across=True, list_file=str(tmp_path / "drop.txt"))
    assert sorted((tmp_path / "drop.txt").read_text().split()) == ["b/0", "b/2"]


def test_what_a_list_cannot_do_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "a", HASHES)
    with pytest.raises(CounterfoilError, match="made without --orientations"):
        run_duplicates([path], orientations=True)
    with pytest.raises(CounterfoilError, match="looks at pictures"):
        run_duplicates([path], embeddings="facebook/dinov2-base")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(encode_png(np.zeros((9, 9, 3), np.uint8)))
    with pytest.raises(CounterfoilError, match="hash lists with hash lists"):
        run_duplicates([path, str(tmp_path / "pictures")])
