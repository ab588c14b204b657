"""Words that others located or read come with their pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.picture import Picture, Word
from tests.sources.annotations.trees import encoded, picture, read, reader, rejected, write

HEIGHT, WIDTH = 200, 300
PAGE = encoded(np.full((HEIGHT, WIDTH, 3), 250, np.uint8))


def pages(folder: Path, **how: Any) -> dict[str, Any]:
    return read(folder, domain="document", annotations=how)


def words(outcome: Any) -> list[tuple[str | None, str | None, tuple[float, ...]]]:
    """Text, field and the box around each word."""
    return [
        (word.text, word.field, (*np.min(word.quad, axis=0), *np.max(word.quad, axis=0)))
        for word in picture(outcome).source.words
    ]


def funsd(*entities: dict[str, Any]) -> dict[str, Any]:
    return {"form": [{"linking": [], "text": "", **each} for each in entities]}


def test_funsd_gives_words_and_the_questions_that_they_answer(tmp_path: Path) -> None:
    form = funsd(
        {"id": 1, "label": "question", "text": "Date:", "linking": [[1, 2]],
         "words": [{"text": "Date:", "box": [10, 10, 60, 24]}]},
        {"id": 2, "label": "answer", "text": "3 May", "linking": [[1, 2]],
         "words": [{"text": "3", "box": [70, 10, 80, 24]},
                   {"text": "May", "box": [85, 10, 120, 24]}]},
        {"id": 3, "label": "other", "words": [{"text": "", "box": [10, 50, 20, 60]},
                                              {"text": "x", "box": [10, 70, 10, 80]},
                                              {"text": "edge", "box": [280, 190, 305, 202]}]},
    )  # fmt: skip
    write(tmp_path, {"images/p.png": PAGE, "annotations/p.json": form})
    expected = [
        ("Date:", None, (10, 10, 60, 24)),
        ("3", "date", (70, 10, 80, 24)),
        ("May", "date", (85, 10, 120, 24)),
        (None, None, (10, 50, 20, 60)),
        ("edge", None, (280, 190, 300, 200)),
    ]
    assert words(pages(tmp_path / "images", format="funsd")["p.png"]) == expected
    assert words(pages(tmp_path, format="funsd")["images/p.png"]) == expected
    form["form"][0]["words"][0]["box"] = [1000, 10, 1060, 24]
    write(tmp_path, {"annotations/p.json": form})
    detail = rejected(pages(tmp_path, format="funsd")["images/p.png"])
    assert "'Date:' at 1000, 10 lies outside" in detail


def test_sroie_gives_lines_and_the_fields_that_they_hold(tmp_path: Path) -> None:
    lines = (
        "10,10,150,10,150,30,10,30,ACME, BIRD & CO\r\n"
        "10,40,150,40,150,60,10,60,DATE: 25/12/2018\n"
        "\n"
        '10,70,90,70,90,90,10,90,"12"" PIPE"\n'
        "200,100,260,100,260,120,200,120,9.00\n"
    )
    key = {"company": "Acme, Bird & Co", "date": "25/12/2018", "total": "9.00", "address": ""}
    write(tmp_path, {"img/p.png": PAGE, "box/p.csv": lines, "key/p.json": key})
    assert words(pages(tmp_path / "img", format="sroie")["p.png"]) == [
        ("ACME, BIRD & CO", "company", (10, 10, 150, 30)),
        ("DATE: 25/12/2018", "date", (10, 40, 150, 60)),
        ('12" PIPE', None, (10, 70, 90, 90)),
        ("9.00", "total", (200, 100, 260, 120)),
    ]
    write(tmp_path, {"box/p.csv": lines.replace("70,90", "x,90").encode("latin-1")})
    assert "line 4" in rejected(pages(tmp_path / "img", format="sroie")["p.png"])


def test_sroie_needs_no_key_fields(tmp_path: Path) -> None:
    write(tmp_path, {"p.png": PAGE, "p.txt": "10,10,150,10,150,30,10,30,ACME"})
    assert words(pages(tmp_path, format="sroie")["p.png"]) == [("ACME", None, (10, 10, 150, 30))]


def test_cord_gives_quads_and_the_categories_of_values(tmp_path: Path) -> None:
    def word(x: float, text: str, is_key: int) -> dict[str, Any]:
        quad = {
            "x1": x,
            "y1": 20,
            "x2": x + 40,
            "y2": 24,
            "x3": x + 40,
            "y3": 44,
            "x4": x,
            "y4": 40,
        }
        return {"quad": quad, "text": text, "is_key": is_key, "row_id": 1}

    receipt: dict[str, Any] = {
        "valid_line": [
            {"words": [word(20, "Total", 1), word(80, "9.00", 0)], "category": "total.total_price"}
        ],
        "meta": {"image_size": {"width": WIDTH, "height": HEIGHT}},
    }
    write(tmp_path, {"p.png": PAGE, "p.json": receipt})
    found = picture(pages(tmp_path, format="cord")["p.png"])
    assert found.source.words == (
        Word(((20, 20), (60, 24), (60, 44), (20, 40)), "Total", None),
        Word(((80, 20), (120, 24), (120, 44), (80, 40)), "9.00", "total.total_price"),
    )
    receipt["meta"]["image_size"] = {"width": 2 * WIDTH, "height": 2 * HEIGHT}
    write(tmp_path, {"p.json": receipt})
    assert "rescale" in rejected(pages(tmp_path, format="cord")["p.png"])
    half = words(pages(tmp_path, format="cord", rescale=True)["p.png"])
    assert list(half[0][2]) == [10, 10, 30, 22]


HOCR = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>x</title></head><body>
<div class='ocr_page' id='page_1' title='image "p.png"; bbox 0 0 300 200; ppageno 0'>
<span class='ocr_line' title="bbox 10 10 200 40"><span class='ocrx_word'
 title='bbox 10 12 80 38; x_wconf 91'><strong>Fish &amp;<br></strong></span>
<span class='ocrx_word' title='bbox 90 12 150 38; x_wconf 95'>chips</span>
<span class='ocrx_word' title='bbox 160 12 170 38; x_wconf 5'> </span></span></div></body></html>"""


def test_hocr_gives_the_words_of_its_page(tmp_path: Path) -> None:
    write(tmp_path, {"p.png": PAGE, "p.hocr": HOCR})
    assert words(pages(tmp_path, format="hocr")["p.png"]) == [
        ("Fish &", None, (10, 12, 80, 38)),
        ("chips", None, (90, 12, 150, 38)),
    ]
    write(tmp_path, {"p.hocr": HOCR.replace("bbox 0 0 300 200", "bbox 0 0 600 400")})
    assert "600 by 400" in rejected(pages(tmp_path, format="hocr")["p.png"])
    half = words(pages(tmp_path, format="hocr", rescale=True)["p.png"])
    assert list(half[1][2]) == [45, 6, 75, 19]
    write(tmp_path, {"p.hocr": HOCR.replace("ocr_page", "ocr_leaf")})
    assert "0 elements" in rejected(pages(tmp_path, format="hocr")["p.png"])


@pytest.mark.parametrize(("form", "content"), [("funsd", "[]"), ("cord", '{"valid_line": 3}')])
def test_files_of_another_form_reject_their_page(tmp_path: Path, form: str, content: str) -> None:
    write(tmp_path, {"p.png": PAGE, "p.json": content})
    assert rejected(pages(tmp_path, format=form)["p.png"]).startswith(f"{form}: ")


def test_words_are_not_given_to_photographs(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    write(tmp_path, {"p.png": encoded(noise), "p.hocr": HOCR})
    found = read(tmp_path, annotations={"format": "hocr"})
    assert picture(found["p.png"]).source.words == ()


@pytest.mark.parametrize(("place", "form"), [("funsd/training_data/images", "funsd"),
                                             ("sroie/img", "sroie")])  # fmt: skip
def test_the_words_of_the_shared_pages_lie_on_ink(shared_data: Path, place: str, form: str) -> None:
    folder = shared_data / "docs" / place
    source = reader(folder, domain="document", annotations={"format": form}, limit=6)
    dark = []
    for origin in source.origins():
        (page,) = source.read(origin)
        assert isinstance(page, Picture)
        grey = page.pixels.min(axis=2)
        for word in page.source.words:
            x0, y0 = np.min(word.quad, axis=0).astype(int)
            x1, y1 = np.max(word.quad, axis=0).astype(int)
            dark.append(bool((grey[y0:y1, x0:x1] < 128).any()))
    assert len(dark) > 200
    assert np.mean(dark) > 0.98
