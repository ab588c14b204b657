"""Words and masks that lie beside a picture are cut with it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from schemas.errors import MissingExtraError
from schemas.picture import Picture, RejectedSource, instance_of
from schemas.recipe.sources import Crops
from schemas.vocabulary import Domain
from sources.cutting import MIN_INSIDE
from tests.sources.folder.pictures import (
    page_with_words,
    read_all,
    reader,
    saved,
    textured,
)


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
