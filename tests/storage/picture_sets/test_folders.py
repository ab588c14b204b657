"""Folders of picture files as sets."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import StorageError
from storage.picture_sets.choice import Choice
from storage.picture_sets.folder import FolderSet
from storage.picture_sets.listing import cut
from storage.picture_sets.opening import open_set
from tests.storage.picture_sets.stored import everything, picture, write_files


def test_a_folder_gives_every_picture_once_sorted_with_its_first_folder(tmp_path: Path) -> None:
    files = {"real/b.png": picture(1), "real/deep/a.JPG": picture(2), "fake/c.webp": b"no picture"}
    files |= {"top.png": picture(3), "notes.txt": b"x", ".hidden/d.png": b"", "real/.e.png": b""}
    found = everything(open_set(write_files(tmp_path, files)))
    assert [(one.key, dict(one.facts)) for one in found] == [
        ("fake/c.webp", {"folder": "fake"}),
        ("real/b.png", {"folder": "real"}),
        ("real/deep/a.JPG", {"folder": "real"}),
        ("top.png", {}),
    ]
    assert all(one.data == files[one.key] and not one.problem for one in found)


def test_facts_are_limited_to_the_named_columns(tmp_path: Path) -> None:
    pictures = open_set(write_files(tmp_path, {"real/a.png": picture(1)}))
    assert [dict(one.facts) for one in everything(pictures, ("label",))] == [{}]
    assert [dict(one.facts) for one in everything(pictures, ("folder",))] == [{"folder": "real"}]


def test_pieces_of_a_pickled_set_are_read_by_name_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {f"{i % 7}/{i:04d}.png": b"%d" % i for i in range(700)})
    pictures = open_set(tmp_path)
    pieces = pictures.pieces()
    assert len(pieces) > 3
    assert len(pickle.dumps(pictures)) < 500  # It travels with every piece: no listing within.
    sent = pickle.loads(pickle.dumps(pictures))
    read = [one.key for piece in reversed(pieces) for one in sent.read(piece)]
    assert sorted(read) == sorted(one.key for one in everything(pictures))
    assert len(read) == 700


def test_a_stamp_changes_with_the_files_of_its_piece_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {f"{i:04d}.png": b"x" for i in range(700)})
    before = {piece: open_set(tmp_path).stamp(piece) for piece in open_set(tmp_path).pieces()}
    changed = list(before)[1].partition(" … ")[0]
    (tmp_path / changed).write_bytes(b"changed")
    after = open_set(tmp_path)
    assert [piece for piece in before if after.stamp(piece) != before[piece]] == [list(before)[1]]


def test_a_new_file_changes_the_piece_it_lies_in_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {f"{i:04d}.png": b"x" for i in range(900)})
    before = set(open_set(tmp_path).pieces())
    write_files(tmp_path, {"0450x.png": b"x"})
    pictures = open_set(tmp_path)
    assert sum(1 for piece in pictures.pieces() if piece not in before) <= 2
    assert len(everything(pictures)) == 901


@given(st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=2000))
def test_stretches_cover_a_listing_in_order(names: list[str]) -> None:
    stretches = list(cut(sorted(names)))
    assert [i for first, end in stretches for i in range(first, end)] == list(range(len(names)))
    assert all(0 < end - first <= 256 for first, end in stretches)


def test_a_file_that_cannot_be_read_comes_with_its_problem(tmp_path: Path) -> None:
    pictures = open_set(write_files(tmp_path, {"a.png": picture(1), "b.png": picture(2)}))
    pieces = pictures.pieces()
    (tmp_path / "a.png").unlink()
    gone, there = pictures.read(pieces[0])
    assert (gone.key, gone.data) == ("a.png", b"")
    assert "could not be read" in gone.problem
    assert (there.data, there.problem) == (picture(2), "")


def test_a_link_in_a_circle_is_followed_once(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/x.png": picture(1)})
    os.symlink(tmp_path, tmp_path / "a" / "round")
    assert len(everything(open_set(tmp_path))) == 1


def test_a_folder_in_memory_is_read_through_its_url() -> None:
    import fsspec

    files = fsspec.filesystem("memory")
    files.pipe({"/pictures/fake/a.png": picture(1), "/pictures/b.png": picture(2)})
    try:
        pictures = open_set("memory://pictures")
        assert isinstance(pictures, FolderSet)
        assert [one.key for one in everything(pictures)] == ["b.png", "fake/a.png"]
    finally:
        files.rm("/pictures", recursive=True)


def test_what_holds_no_pictures_is_refused_with_what_would_be_right(tmp_path: Path) -> None:
    write_files(tmp_path / "empty", {"notes.txt": b"x"})
    with pytest.raises(StorageError, match=r"no pictures in .*\.jpg.*among its 1 files"):
        open_set(tmp_path / "empty")
    with pytest.raises(StorageError, match="does not exist"):
        open_set(tmp_path / "absent")
    with pytest.raises(StorageError, match="a file that holds no set"):
        open_set(tmp_path / "empty" / "notes.txt")
    write_files(tmp_path / "full", {"a.png": picture(1)})
    with pytest.raises(StorageError, match="no split to choose"):
        open_set(tmp_path / "full", Choice(split="test"))
