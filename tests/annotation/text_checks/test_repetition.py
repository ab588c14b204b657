"""Texts that stand under several pictures are found, near ones too, and others are not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from annotation.text_checks.repetition import SIMILAR, normal_words, repeated

LONG = (
    "A bright fringe runs along the brim of the straw hat and stops where the brim meets the dark "
    "window frame behind it"
)


def found(*texts: tuple[str, str]) -> list[bool]:
    return [bool(mark) for mark in repeated(texts)]


def test_equal_texts_of_two_pictures() -> None:
    assert found(("a", LONG), ("b", LONG), ("c", "The bench throws no shadow.")) == [
        True,
        True,
        False,
    ]


def test_texts_of_one_picture_are_not_held_against_one_another() -> None:
    assert found(("a", LONG), ("a", LONG), ("a", LONG + " again")) == [False, False, False]


def test_a_form_that_was_filled_in_is_one_text() -> None:
    form = "In the {} (x {}–40 %, y 55–90 %) the grain is {} times as strong as around it."
    one = form.format("lower left", 12, 0.52)
    other = form.format("upper right", 7, 1.84)
    assert found(("a", one), ("b", other)) == [True, True]


def test_case_and_punctuation_do_not_matter() -> None:
    assert found(("a", "No seam, no halo!"), ("b", "no seam no halo")) == [True, True]


@pytest.mark.parametrize("change", [("straw", "felt"), ("dark window", "dark"), ("it", "it too")])
def test_one_word_more_or_less_makes_no_new_text(change: tuple[str, str]) -> None:
    assert found(("a", LONG), ("b", LONG.replace(*change))) == [True, True]


def test_several_words_do() -> None:
    other = LONG.replace("straw hat", "tin roof").replace("window frame", "bare hill")
    assert found(("a", LONG), ("b", other)) == [False, False]


def test_empty_texts_are_no_boilerplate() -> None:
    assert found(("a", ""), ("b", ""), ("c", "42 %"), ("d", LONG)) == [False] * 4
    assert found() == []
    assert found(("a", LONG)) == [False]


def test_a_text_like_one_that_is_spread_is_boilerplate_in_the_same_picture_too() -> None:
    near = LONG.replace("straw", "felt")
    assert found(("a", LONG), ("b", LONG), ("a", near)) == [True, True, True]


def test_it_finds_what_the_definition_says_in_any_order() -> None:
    rng = np.random.default_rng(3)
    words = [f"w{chr(97 + i)}{chr(97 + j)}" for i in range(20) for j in range(20)]
    texts = [" ".join(rng.choice(words, 24)) for _ in range(150)]
    for number in range(0, 150, 3):
        said = texts[number].split()
        for place in rng.integers(0, 24, int(rng.integers(1, 6))):
            said[place] = str(rng.choice(words))
        texts.append(" ".join(said))
    rows = [(f"s{number}", text) for number, text in enumerate(texts)]

    def pairs(text: str) -> set[tuple[str, str]]:
        said = normal_words(text)
        return set(itertools.pairwise(said))

    sets = [pairs(text) for text in texts]
    expected = [
        any(
            len(one & other) >= SIMILAR * len(one | other) for j, other in enumerate(sets) if i != j
        )
        for i, one in enumerate(sets)
    ]
    assert 20 < sum(expected) < 100
    assert repeated(rows).tolist() == expected
    order = rng.permutation(len(rows))
    assert repeated(rows[i] for i in order).tolist() == [expected[i] for i in order]
