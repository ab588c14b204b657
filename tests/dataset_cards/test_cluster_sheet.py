"""Sheets of clusters: what is on them, and how they are cut into pages."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from dataset_cards.cluster_sheet import (
    COLUMNS,
    SheetCell,
    SheetRow,
    cluster_sheets,
    shortened,
    thumbnail,
)
from dataset_cards.overlay import typeface
from storage.codecs import encode_jpeg, encode_png

RED = (200, 30, 30)
BLUE = (30, 30, 200)
KEPT = (0, 158, 115)


def flat(colour: tuple[int, int, int], height: int = 120, width: int = 160) -> bytes:
    return encode_png(np.full((height, width, 3), colour, np.uint8))


def pages(rows: list[SheetRow]) -> list[npt.NDArray[np.int64]]:
    made = list(cluster_sheets("Duplicates", "framed: stays", rows))
    return [np.asarray(Image.open(io.BytesIO(page)).convert("RGB")).astype(int) for page in made]


def share(page: npt.NDArray[np.int64], colour: tuple[int, int, int]) -> float:
    """How many pixels are of about this colour."""
    return float((np.abs(page - colour).max(axis=2) < 40).sum())


def pair(number: int, width: int = 160) -> SheetRow:
    kept = SheetCell(flat(RED, width=width), "kept.png", "stays", kept=True)
    gone = SheetCell(flat(BLUE, width=width), "gone.png", "near, 3 bits", "160 × 120 · PNG")
    return SheetRow(f"Cluster {number}", "2 pictures, 1 dropped", [kept, gone])


def test_who_stays_is_framed_and_comes_first() -> None:
    (page,) = pages([pair(1)])
    assert page.shape[1] == 1600
    assert share(page, KEPT) > 1000
    red = np.argwhere(np.abs(page - RED).max(axis=2) < 40)
    blue = np.argwhere(np.abs(page - BLUE).max(axis=2) < 40)
    assert red[:, 1].max() < blue[:, 1].min()
    assert abs(len(red) - len(blue)) < 0.1 * len(red)
    # The frame is around the picture: the pixel rows just above it are green.
    top, left = red.min(axis=0)
    assert (np.abs(page[top - 2, left + 5 : left + 100] - KEPT).max() < 60).all()


def test_pairs_stand_side_by_side() -> None:
    (one,) = pages([pair(1)])
    (four,) = pages([pair(number) for number in range(4)])
    (five,) = pages([pair(number) for number in range(5)])
    assert one.shape == four.shape
    assert five.shape[0] > four.shape[0]
    assert share(four, RED) > 3.5 * share(one, RED)


def test_what_finds_no_room_is_counted_and_what_cannot_be_shown_is_said() -> None:
    many = [SheetCell(flat(BLUE), f"{i}.png", "near, 1 bit") for i in range(COLUMNS + 4)]
    whole = [SheetCell(flat(BLUE), f"{i}.png", "near, 1 bit") for i in range(COLUMNS)]
    (cut,), (full,) = pages([SheetRow("A", "", many)]), pages([SheetRow("A", "", whole)])
    assert share(cut, BLUE) < 0.95 * share(full, BLUE)
    broken = [SheetCell(None, "gone", "same"), SheetCell(b"no picture", "broken", "same")]
    (grey,) = pages([SheetRow("B", "", broken, unseen=3)])
    assert share(grey, (238, 240, 243)) > 20_000


def test_many_clusters_fill_pages() -> None:
    made = pages([pair(number, width=120) for number in range(60)])
    assert len(made) > 1
    assert all(page.shape[0] < 2800 for page in made)
    assert not pages([])


def test_a_thumbnail_is_upright_small_and_without_transparency() -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    small = thumbnail(buffer.getvalue(), 16)
    assert small is not None
    assert (small.size, small.getpixel((3, 3))) == ((16, 8), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = io.BytesIO()
    Image.new("RGB", (40, 20)).save(turned, format="JPEG", exif=exif)
    found = thumbnail(turned.getvalue(), 16)
    assert found is not None
    assert found.size == (8, 16)
    assert thumbnail(encode_jpeg(np.zeros((9, 9, 3), np.uint8), 90, "4:4:4")[:60], 16) is None


def test_long_names_lose_their_middle() -> None:
    face = typeface(13)
    name = "a/very/long/path/that/finds/no/room/at/all/picture-0001.jpg"
    short = shortened(name, face, 150)
    assert face.getlength(short) <= 150
    assert short.startswith("a/")
    assert short.endswith("0001.jpg")
    assert "…" in short
    assert shortened("short.jpg", face, 150) == "short.jpg"
