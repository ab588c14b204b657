"""Words are found where they were set, and rules, frames and specks are not words."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from schemas.errors import MissingExtraError
from schemas.picture import Pixels
from sources.packaged import PICTURES, packaged_bytes
from sources.words import find_words, read_words
from storage.reading import read_picture

Boxes = npt.NDArray[np.float64]
TEXT = (
    "Received from the office of weights and measures\n"
    "the sum of 1,250.00 crowns in full settlement of\n"
    "account No. 4820-B, dated 12 March. Payment was\n"
    "made by bank transfer; no cash changed hands."
)


def page(size: int) -> tuple[Image.Image, Boxes]:
    """A page set in Pillow's own font, and the boxes of its words."""
    font = ImageFont.load_default(size)
    image = Image.new("RGB", (size * 30, size * 16), (246, 244, 238))
    draw = ImageDraw.Draw(image)
    boxes = []
    for row, line in enumerate(TEXT.split("\n")):
        x, y = 2.0 * size, (2 + row * 2.2) * size
        for word in line.split(" "):
            draw.text((x, y), word, font=font, fill=(30, 30, 40))
            boxes.append(draw.textbbox((x, y), word, font=font))
            x += draw.textlength(word + " ", font=font)
    return image, np.array(boxes, np.float64)


def found_boxes(pixels: Pixels) -> Boxes:
    quads = [word.quad for word in find_words(pixels)]
    return np.array([(*quad[0], *quad[2]) for quad in quads], np.float64).reshape(-1, 4)


def best_iou(a: Boxes, b: Boxes) -> npt.NDArray[np.float64]:
    """For each box of `a` its best intersection over union with a box of `b`."""
    shared = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    overlap = np.clip(shared, 0, None).prod(axis=-1)
    area_a, area_b = ((x[:, 2:] - x[:, :2]).prod(axis=-1) for x in (a, b))
    best: npt.NDArray[np.float64] = (overlap / (area_a[:, None] + area_b - overlap)).max(axis=1)
    return best


@pytest.mark.parametrize("size", [14, 20, 32])
def test_words_of_a_set_page_are_found(size: int) -> None:
    image, true = page(size)
    found = found_boxes(np.asarray(image))
    assert (best_iou(true, found) > 0.5).mean() > 0.9
    assert (best_iou(found, true) > 0.5).mean() > 0.9
    assert len(found) <= 1.05 * len(true)
    line = np.round((found[:, 3] / size - 2.9) / 2.2)
    assert (np.diff(line) >= 0).all()
    assert (np.diff(found[:, 0])[np.diff(line) == 0] > 0).all()


def test_rules_frames_and_specks_are_no_words() -> None:
    image, true = page(20)
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, image.width - 10, image.height - 10), outline=(20, 20, 20), width=2)
    for y in (250, 280, 300):
        draw.line((30, y, image.width - 30, y), fill=(0, 0, 0), width=2)
    rng = np.random.default_rng(4)
    for x, y in rng.integers((20, 210), (image.width - 20, 300), (40, 2)).tolist():
        draw.point((x, y), fill=(0, 0, 0))
    found = found_boxes(np.asarray(image))
    assert (best_iou(true, found) > 0.5).mean() > 0.9
    assert len(found) <= 1.05 * len(true)


def test_uneven_light_hides_no_word() -> None:
    image, true = page(20)
    shade = np.linspace(1.0, 0.45, image.width)[None, :, None]
    found = found_boxes((np.asarray(image) * shade).astype(np.uint8))
    assert (best_iou(true, found) > 0.5).mean() > 0.9


def test_empty_pages_have_no_words() -> None:
    noise = np.random.default_rng(0).normal(240, 2, (300, 300, 3)).astype(np.uint8)
    for pixels in (np.full((300, 300, 3), 250, np.uint8), noise, np.zeros((1, 1, 3), np.uint8)):
        assert find_words(pixels) == ()


def test_words_lie_in_the_picture_and_come_alike_from_read_only_pixels() -> None:
    pixels = read_picture(packaged_bytes(next(row for row in PICTURES if row.name == "page")))[0]
    words = find_words(pixels)
    assert 45 <= len(words) <= 55  # Counted by eye: 48, and marks in the margin.
    corners = np.array([word.quad for word in words])
    assert corners.min() >= 0
    assert (corners <= (pixels.shape[1], pixels.shape[0])).all()
    assert words == find_words(pixels)
    assert all(word.text is None for word in words)


def test_reading_says_what_to_install_where_the_program_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytesseract = pytest.importorskip("pytesseract")
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "/nowhere/tesseract")
    with pytest.raises(MissingExtraError, match="tesseract-ocr"):
        read_words(np.full((64, 64, 3), 255, np.uint8))


def test_reading_says_what_to_install_where_the_package_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pytesseract", None)
    with pytest.raises(MissingExtraError, match=r"counterfoil\[ocr\]"):
        read_words(np.full((64, 64, 3), 255, np.uint8))


def test_reading_keeps_words_and_leaves_blocks_and_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    pytesseract = pytest.importorskip("pytesseract")
    table = {
        "left": [0, 5, 40], "top": [0, 6, 6], "width": [90, 30, 9], "height": [40, 12, 9],
        "text": ["", " Total ", " "], "conf": [-1, 91.5, 95],
    }  # fmt: skip
    monkeypatch.setattr(pytesseract, "image_to_data", lambda *_, **__: table)
    (word,) = read_words(np.full((64, 64, 3), 255, np.uint8))
    assert word.text == "Total"
    assert word.quad == ((5, 6), (35, 6), (35, 18), (5, 18))


def test_words_of_scanned_forms(shared_data: Path) -> None:
    folder = shared_data / "docs" / "funsd" / "training_data"
    hits, total = 0, 0
    for name in ("0000971160", "0030031163", "0060091229", "89817999_8002"):
        form = json.loads((folder / "annotations" / f"{name}.json").read_text())["form"]
        true = [w["box"] for field in form for w in field["words"] if w["text"].strip()]
        pixels, _ = read_picture((folder / "images" / f"{name}.png").read_bytes())
        hit = best_iou(np.array(true, np.float64), found_boxes(pixels)) >= 0.5
        hits, total = hits + int(hit.sum()), total + len(hit)
    assert hits / total > 0.75


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_tesseract_reads_a_typeset_page() -> None:
    page = Image.new("RGB", (640, 200), (250, 249, 245))
    font = ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf"), 36)
    ImageDraw.Draw(page).text((30, 60), "Invoice total 48.50", font=font, fill=(20, 20, 30))
    words = read_words(np.asarray(page))
    assert [word.text for word in words] == ["Invoice", "total", "48.50"]
    assert all(30 <= x <= 450 and 50 <= y <= 120 for word in words for x, y in word.quad)
