"""Folders are read to the end, whatever lies in them."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from upath import UPath

from schemas.errors import RecipeError
from schemas.picture import Picture, RejectedSource
from tests.sources.folder.pictures import (
    ALL,
    read_all,
    reader,
    saved,
    textured,
)


def test_pictures_are_found_by_extension_at_any_depth(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reader(photos).origins() == ALL
    assert reader(photos, recursive=False).origins() == ALL[:2]
    assert reader(f"{photos}/").origins() == ALL
    monkeypatch.chdir(photos / "sub")
    assert reader("..").origins() == ALL
    assert reader(".").origins() == ("sub/c.webp", "sub/d.Tiff")


def test_pictures_carry_what_the_entry_says_and_no_absolute_path(photos: Path) -> None:
    items = read_all(reader(photos, licence="CC0-1.0", attribution="Jo", group="trip"))
    pictures = [item for cut in items.values() for item in cut if isinstance(item, Picture)]
    assert len(pictures) == 4
    for picture in pictures:
        source = picture.source
        assert (source.licence, source.attribution, source.group) == ("CC0-1.0", "Jo", "trip")
        assert str(photos.parent) not in repr(source)
    (alone,) = read_all(reader(photos))["photos/a.png"]
    assert isinstance(alone, Picture)
    assert alone.source.group == "photos/a.png"
    assert alone.source.crop is not None
    left, top, width, height = alone.source.crop
    np.testing.assert_array_equal(
        alone.pixels, textured(1)[top : top + height, left : left + width]
    )


def test_the_limit_takes_the_same_pictures_wherever_the_folder_lies(tmp_path: Path) -> None:
    data = saved(textured(0))
    chosen = []
    for place in ("here", "there"):
        folder = tmp_path / place / "set"
        folder.mkdir(parents=True)
        for number in range(30) if place == "here" else reversed(range(30)):
            (folder / f"{number}.png").write_bytes(data)
        chosen.append([reader(folder, limit=n).origins() for n in (1, 5, 12, 40)])
    assert chosen[0] == chosen[1]
    assert [len(origins) for origins in chosen[0]] == [1, 5, 12, 30]
    assert all(set(few) < set(more) for few, more in pairwise(chosen[0]))
    assert chosen[0][2] != tuple(sorted(chosen[0][3])[:12])


def test_an_id_depends_on_the_bytes(photos: Path) -> None:
    before = [i.source.source_id for i in reader(photos).read(ALL[1]) if isinstance(i, Picture)]
    (photos / "a.png").write_bytes(saved(textured(9)))
    after = [i.source.source_id for i in reader(photos).read(ALL[1]) if isinstance(i, Picture)]
    assert before
    assert not set(before) & set(after)


def test_bad_pictures_stop_nothing(photos: Path) -> None:
    good = saved(textured(1))
    frames = [Image.fromarray(textured(n)) for n in range(2)]
    gif = io.BytesIO()
    frames[0].save(gif, format="GIF", save_all=True, append_images=frames[1:])
    bad = {
        "0_empty.png": (b"", "empty"),
        "1_text.jpeg": (b"hello", "not_a_picture"),
        "2_cut.png": (good[:5000], "broken"),
        "3_small.bmp": (saved(textured(1, 255, 400), "BMP"), "too_small"),
        "4_moves.gif": (gif.getvalue(), "animated"),
        "5_flat.png": (saved(np.full((300, 300, 3), 90, np.uint8)), "flat"),
    }
    for name, (data, _) in bad.items():
        (photos / name).write_bytes(data)
    (photos / "6_gone.jpg").symlink_to(photos / "nowhere.jpg")
    items = read_all(reader(photos))
    for name, (_, reason) in bad.items():
        (rejected,) = items[f"photos/{name}"]
        assert isinstance(rejected, RejectedSource)
        assert (rejected.origin, rejected.reason) == (f"photos/{name}", reason)
        assert rejected.detail
    (gone,) = items.get("photos/6_gone.jpg", [RejectedSource("", "unreadable")])
    assert isinstance(gone, RejectedSource)
    assert gone.reason == "unreadable"
    assert all(isinstance(items[name][0], Picture) for name in ALL)


def test_a_file_without_permission_is_rejected_and_a_lost_store_is_raised(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[OSError] = [ConnectionError("away"), PermissionError(13, "Permission denied")]

    def refuse(_: UPath) -> bytes:
        raise failures.pop()

    source = reader(photos)
    path = type(UPath(str(photos)))
    monkeypatch.setattr(path, "read_bytes", refuse)
    (rejected,) = source.read(ALL[1])
    assert isinstance(rejected, RejectedSource)
    assert rejected.reason == "unreadable"
    assert "Permission denied" in rejected.detail
    assert str(photos) not in rejected.detail
    with pytest.raises(ConnectionError):
        _ = [*source.read(ALL[1])]


def test_folders_that_cannot_be_read_are_errors_of_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "readme.txt").write_text("")
    for path, message in (
        (tmp_path / "missing", "does not exist"),
        (tmp_path / "file", "is a file"),
        (tmp_path / "none", "holds no picture"),
        ("nosuchprotocol://bucket/x", "nosuchprotocol"),
    ):
        with pytest.raises(RecipeError, match=message):
            reader(path).origins()
