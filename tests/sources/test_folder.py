"""Folders are read to the end, whatever lies in them, on a disk or in an object store."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont
from upath import UPath

from schemas.errors import MissingExtraError, RecipeError
from schemas.picture import Picture, RejectedSource, instance_of
from schemas.recipe.sources import Crops, FolderSource
from schemas.vocabulary import Domain
from sources.cutting import MIN_INSIDE
from sources.reader import SourceReader, open_reader

Array = npt.NDArray[np.uint8]


def textured(seed: int, height: int = 300, width: int = 300) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def saved(pixels: npt.NDArray[np.generic], name: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=name, **options)
    return buffer.getvalue()


def reader(folder: object, seed: int = 1, **more: object) -> SourceReader:
    entry = {"kind": "folder", "path": str(folder), **more}
    return open_reader(FolderSource.model_validate(entry), seed)


def read_all(source: SourceReader) -> dict[str, list[Picture | RejectedSource]]:
    return {origin: list(source.read(origin)) for origin in source.origins()}


def page_with_words() -> bytes:
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    for row in range(6):
        line = f"Line {row} of the letter"
        draw.text((20, 20 + 40 * row), line, "black", ImageFont.load_default(24))
    return saved(np.asarray(image))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four good pictures at two depths among files that are none."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / ".cache").mkdir()
    (folder / "a.png").write_bytes(saved(textured(1)))
    (folder / "B.JPG").write_bytes(saved(textured(2), "JPEG"))
    (folder / "sub" / "c.webp").write_bytes(saved(textured(3), "WEBP"))
    (folder / "sub" / "d.Tiff").write_bytes(saved(textured(4), "TIFF"))
    (folder / "notes.txt").write_text("not a picture, and not named like one")
    (folder / "a.words.json").write_text("[]")
    (folder / ".cache" / "e.png").write_bytes(saved(textured(5)))
    return folder


ALL = ("photos/B.JPG", "photos/a.png", "photos/sub/c.webp", "photos/sub/d.Tiff")


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


def test_words_beside_a_page_are_used_and_cut_with_it(tmp_path: Path) -> None:
    words = [
        {"box": [20, 20, 120, 44], "text": "Total", "field": "total"},
        {"quad": [[300, 200], [380, 210], [378, 232], [298, 222]]},
    ]
    (tmp_path / "p.png").write_bytes(page_with_words())
    (tmp_path / "p.words.json").write_text(json.dumps(words))
    (whole,) = reader(tmp_path, domain="document", crops=None).read(f"{tmp_path.name}/p.png")
    assert isinstance(whole, Picture)
    assert [(w.text, w.field) for w in whole.source.words] == [("Total", "total"), (None, None)]
    assert list(whole.source.words[0].quad) == [(20, 20), (120, 20), (120, 44), (20, 44)]

    seen = 0
    crops = Crops(min_side=128, max_side=200)
    for item in reader(tmp_path, domain="document", crops=crops).read(f"{tmp_path.name}/p.png"):
        if isinstance(item, RejectedSource):
            assert item.reason == "no_words"
            continue
        assert item.source.crop is not None
        left, top, width, height = item.source.crop
        for word in item.source.words:
            seen += 1
            assert all(0 <= x <= width and 0 <= y <= height for x, y in word.quad)
            if word.text == "Total":
                assert word.quad[0] == (20 - left, 20 - top)
    assert seen


def test_a_page_alone_is_searched_for_words_and_an_empty_one_rejected(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(page_with_words())
    (tmp_path / "blank.png").write_bytes(saved(np.full((300, 300, 3), 255, np.uint8)))
    items = read_all(reader(tmp_path, domain=Domain.DOCUMENT, crops=None))
    (page,), (blank,) = items[f"{tmp_path.name}/page.png"], items[f"{tmp_path.name}/blank.png"]
    assert isinstance(page, Picture)
    assert 25 <= len(page.source.words) <= 32
    assert isinstance(blank, RejectedSource)
    assert blank.reason == "no_words"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{", "Invalid JSON"),
        ('{"quad": 1}', "valid array"),
        ('[{"text": "x"}]', "either quad or box"),
        ('[{"box": [1, 2, 3, 4]}, {"box": [9, 2, 3, 4]}]', "entry 1: .*x0 < x1"),
        ('[{"box": [1, 2, 3]}]', r"entry 0\.box"),
        ('[{"box": [1, 2, 3, NaN]}]', "NaN|finite|JSON"),
        ('[{"box": [1, 2, 3, 4], "colour": 3}]', "colour"),
        ('[{"box": [1, 2, 500, 20]}]', "entry 0 lies outside .* 400 by 300"),
        ('[{"quad": [[0, 0], [0, 9], [9, 9], [9, 0]]}]', "top left, top right"),
    ],
)
def test_bad_words_beside_a_page_say_what_is_wrong(tmp_path: Path, text: str, wrong: str) -> None:
    (tmp_path / "p.png").write_bytes(page_with_words())
    (tmp_path / "p.words.json").write_text(text)
    (item,) = reader(tmp_path, domain="document", crops=None).read(f"{tmp_path.name}/p.png")
    assert isinstance(item, RejectedSource)
    assert item.reason == "bad_words_sidecar"
    assert re.search(wrong, item.detail)


def test_a_mask_beside_a_picture_is_cut_with_it(tmp_path: Path) -> None:
    mask = np.zeros((300, 420), np.uint8)
    mask[40:110, 60:150] = 200
    (tmp_path / "x.jpg").write_bytes(saved(textured(1, 300, 420), "JPEG"))
    (tmp_path / "x.mask.png").write_bytes(saved(mask))
    source = reader(tmp_path, crops=Crops(min_side=128, max_side=160))
    assert source.origins() == (f"{tmp_path.name}/x.jpg",)
    with_mask = 0
    for item in source.read(f"{tmp_path.name}/x.jpg"):
        assert isinstance(item, Picture)
        assert item.source.crop is not None
        left, top, width, height = item.source.crop
        part = mask[top : top + height, left : left + width] > 0
        if part.sum() < MIN_INSIDE * (mask > 0).sum():
            assert item.instances == item.source.instances == ()
            continue
        with_mask += 1
        (kept,) = item.instances
        np.testing.assert_array_equal(kept, part)
        assert not kept.flags.writeable
        assert item.source.instances == (instance_of(part),)
    assert with_mask

    (tmp_path / "x.mask.png").write_bytes(saved(mask[:299]))
    (item,) = source.read(f"{tmp_path.name}/x.jpg")
    assert isinstance(item, RejectedSource)
    assert item.reason == "bad_mask"
    assert "420 by 299" in item.detail


def test_tesseract_is_asked_only_where_the_recipe_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytesseract = pytest.importorskip("pytesseract")
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "/nowhere/tesseract")
    (tmp_path / "p.png").write_bytes(page_with_words())
    origin = f"{tmp_path.name}/p.png"
    assert list(reader(tmp_path, domain="document").read(origin))
    with pytest.raises(MissingExtraError, match="tesseract"):
        list(reader(tmp_path, domain="document", ocr="tesseract").read(origin))


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


@pytest.fixture
def store() -> Iterator[UPath]:
    root = UPath("memory://bucket/prefix/photos")
    yield root
    root.fs.store.clear()
    root.fs.pseudo_dirs[:] = [""]


def test_an_object_store_is_read_like_a_disk(store: UPath, photos: Path) -> None:
    for path in sorted(photos.rglob("*")):
        if path.is_file():
            (store / str(path.relative_to(photos))).write_bytes(path.read_bytes())
    here, there = read_all(reader(photos)), read_all(reader(str(store)))
    assert tuple(there) == ALL
    for origin in ALL:
        for a, b in zip(here[origin], there[origin], strict=True):
            assert isinstance(a, Picture)
            assert isinstance(b, Picture)
            assert a.source == b.source
            np.testing.assert_array_equal(a.pixels, b.pixels)
    assert reader(str(store), recursive=False).origins() == ALL[:2]
    with pytest.raises(RecipeError, match="does not exist"):
        reader("memory://bucket/other").origins()


@pytest.mark.s3
@pytest.mark.filterwarnings("ignore")
def test_a_bucket_is_read_like_a_disk(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    try:
        UPath("s3://bucket").fs.mkdir("bucket")
        for origin in ALL:
            data = (photos.parent / origin).read_bytes()
            (UPath("s3://bucket/set") / origin).write_bytes(data)
        here, there = reader(photos), reader("s3://bucket/set/photos")
        assert there.origins() == ALL
        assert [item.source for item in there.read(ALL[0]) if isinstance(item, Picture)] == [
            item.source for item in here.read(ALL[0]) if isinstance(item, Picture)
        ]
        with pytest.raises(RecipeError, match="does not exist"):
            reader("s3://bucket/none").origins()
    finally:
        server.stop()
