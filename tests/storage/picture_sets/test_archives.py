"""Tar and zip files as sets."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import StorageError
from storage.picture_sets.archives import ArchiveSet
from storage.picture_sets.choice import Choice
from storage.picture_sets.opening import open_set
from tests.storage.picture_sets.stored import TarMode, everything, picture, write_files, write_tar


def test_samples_of_a_webdataset_bring_their_facts(tmp_path: Path) -> None:
    for shard in range(2):
        members: dict[str, bytes | dict[str, Any]] = {}
        for i in range(3):
            members[f"{shard}{i}.jpg"] = picture(10 * shard + i, form="jpeg")
            members[f"{shard}{i}.json"] = {"label": "fake", "n": i}
            members[f"{shard}{i}.txt"] = b"a caption\n"
        write_tar(tmp_path / f"{shard:05d}.tar", members)
    pictures = open_set(tmp_path)
    assert isinstance(pictures, ArchiveSet)
    assert pictures.pieces() == ("00000.tar", "00001.tar")
    found = everything(pictures)
    assert [one.key for one in found][2:4] == ["00000.tar/02.jpg", "00001.tar/10.jpg"]
    assert found[4].facts == {"label": "fake", "n": 1, "txt": "a caption"}
    assert found[4].data == picture(11, form="jpeg")
    assert everything(pictures, ("n",))[4].facts == {"n": 1}
    assert everything(pictures, ())[4].facts == {}


@pytest.mark.parametrize(("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz")])
def test_a_packed_folder_gives_all_its_pictures(tmp_path: Path, name: str, mode: TarMode) -> None:
    members = {"./real/a.b.jpg": b"1", "./real/a.jpg": b"2", "./fake/c.png": b"3", "./x.md": b""}
    found = everything(open_set(write_tar(tmp_path / name, members, mode)))
    assert [(one.key, one.facts["folder"]) for one in found] == [
        ("real/a.b.jpg", "real"),
        ("real/a.jpg", "real"),
        ("fake/c.png", "fake"),
    ]


def test_several_pictures_to_a_sample_want_a_name(tmp_path: Path) -> None:
    members: dict[str, bytes | dict[str, Any]] = {"1.jpg": b"a", "1.mask.png": b"b"}
    members["1.json"] = {"n": 1}
    path = write_tar(tmp_path / "a.tar", members)
    with pytest.raises(StorageError, match=r"\(jpg, mask\.png\): name one with --image-column"):
        everything(open_set(path))
    (one,) = everything(open_set(path, Choice(image_column="mask.png")))
    assert (one.data, one.facts) == (b"b", {"n": 1})


def test_zip_files_are_read_in_order_of_their_names(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("b/2.png", "a/1.png", "__MACOSX/a/1.png", "a/.x.png"):
            archive.writestr(name, picture(3))
    assert [one.key for one in everything(open_set(tmp_path / "a.zip"))] == ["a/1.png", "b/2.png"]


def test_one_broken_member_of_a_zip_leaves_the_others(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.png", b"first" * 20)
        archive.writestr("b.png", b"other" * 20)
    data = buffer.getvalue().replace(b"first" * 20, b"worst" * 20)
    write_files(tmp_path, {"a.zip": data})
    broken, whole = everything(open_set(tmp_path / "a.zip"))
    assert "could not be unpacked" in broken.problem
    assert whole.data == b"other" * 20


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.zip"])
def test_a_broken_archive_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {name: b"\x1f\x8b not an archive" * 100})
    with pytest.raises(StorageError, match=rf"{name} is a broken archive"):
        everything(open_set(tmp_path / name))


def test_a_tar_that_ends_early_is_an_error(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", {"1.png": b"x" * 5000, "2.png": b"y" * 5000})
    path.write_bytes(path.read_bytes()[:8000])
    with pytest.raises(StorageError, match=r"a\.tar is a broken archive"):
        everything(open_set(path))
