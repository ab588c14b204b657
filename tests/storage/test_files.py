"""Files are there whole or not at all, and errors say what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from schemas.errors import StorageError
from storage.files import (
    PARTIAL,
    explained,
    hash_file,
    location,
    read_bytes,
    remove_partials,
    write_bytes,
    writing,
)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = location(tmp_path / "a" / "b.bin")
    write_bytes(path, b"bytes")
    assert read_bytes(path) == b"bytes"
    assert hash_file(path) == "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"


def test_a_broken_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = location(tmp_path / "a.bin")
    write_bytes(path, b"old")

    def break_off() -> None:
        with writing(path) as file:
            file.write(b"half of the new")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        break_off()
    assert read_bytes(path) == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission was denied"),
    ],
)
def test_the_common_failures_come_with_advice(number: int, advice: str) -> None:
    with pytest.raises(StorageError, match=advice), explained("writing x"):
        raise OSError(number, os.strerror(number))


def test_a_file_in_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(StorageError, match="a file stands where a folder is wanted"):
        write_bytes(location(tmp_path / "runs" / "x" / "a.bin"), b"")


def test_leftovers_of_killed_processes_are_removed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    leftover = tmp_path / "deep" / f"part.parquet.123{PARTIAL}"
    leftover.write_bytes(b"half")
    (tmp_path / "deep" / "part.parquet").write_bytes(b"whole")
    remove_partials(location(tmp_path))
    assert not leftover.exists()
    assert (tmp_path / "deep" / "part.parquet").exists()


def test_an_unknown_kind_of_url_is_told() -> None:
    with pytest.raises(StorageError, match="neither a path nor a known kind of URL"):
        location("nonsense://x/y")
