"""A page remembers its words where it inked them."""

from __future__ import annotations

import numpy as np
import pytest

from sources.rendered.fonts import Family, TextStyle
from sources.rendered.page import Page

WHITE = (255, 255, 255)


def ink_box(page: Page) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero((page.pixels < 250).any(axis=2))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize(
    "family", ["sans", "serif", "mono", "times", "roman", "grotesque", "typewriter"]
)
@pytest.mark.parametrize("text", ["Agpy", "$12.50", "Größe"])
def test_a_quad_holds_the_ink_closely(family: Family, text: str) -> None:
    page = Page(120, 50, WHITE)
    page.text(20.3, 30.7, text, TextStyle(family, 7.0), field="x")
    (word,) = page.words
    slack = np.subtract(ink_box(page), (*word.quad[0], *word.quad[2])) * (1, 1, -1, -1)
    assert slack.min() >= 0, "no ink outside"
    # Sideways the quad spans the advance, so the letters' own bearings count too.
    assert slack.max() <= 4
    assert (word.text, word.field) == (text, "x")


def test_a_comb_is_one_word() -> None:
    page = Page(160, 50, WHITE)
    page.comb(10, 30, "ABC", TextStyle("sans", 7.0), 15, "name")
    (word,) = page.words
    assert word.text == "ABC"
    box = ink_box(page)
    assert word.quad[0, 0] <= box[0]
    assert word.quad[2, 0] >= box[2]


@pytest.mark.parametrize("degrees", [-25.0, 0.0, 20.0])
def test_a_slanted_word_turns_with_its_quad(degrees: float) -> None:
    page = Page(160, 160, WHITE)
    page.slanted((80, 80), "SPECIMEN", TextStyle("sans", 9.0), degrees, "specimen")
    quad = page.words[0].quad
    box = ink_box(page)
    outer = (*quad.min(axis=0), *quad.max(axis=0))
    assert np.abs(np.subtract(box, outer)).max() <= 8
    rise = np.degrees(np.arctan2(quad[0, 1] - quad[1, 1], quad[1, 0] - quad[0, 0]))
    assert rise == pytest.approx(degrees)
    rows, columns = np.nonzero((page.pixels < 200).any(axis=2))
    slope = np.degrees(np.arctan(-np.polyfit(columns, rows, 1)[0]))
    assert slope == pytest.approx(degrees, abs=3.0)


def test_a_cut_line_does_not_end_dangling() -> None:
    page = Page(100, 50, WHITE)
    style = TextStyle("sans", 7.0)
    width = page.measure("Hall, Young and", style) + 8
    assert page.fitted("Hall, Young and Smith", style, width) == "Hall, Young"
