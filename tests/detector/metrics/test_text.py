"""Texts are compared as the libraries do it that the published code calls."""

from __future__ import annotations

import math
import sys
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.metrics.text import bleu_1, longest_common_subsequence, rouge_l
from schemas.attributes import ATTRIBUTES
from schemas.errors import MissingExtraError

# Sentences on the subject, and words that take branches of the stemmer.
PROSE = " ".join(
    " ".join((one.definition, one.forged, one.authentic, *one.cues, one.counter_example))
    for one in ATTRIBUTES
)
HARD = "caresses ponies ties relational sky succeed formality a1ing 12345 homologous edges bly"


_WORDS = st.lists(st.sampled_from([*HARD.split()[:12], "The", "the", "edge.", "edge", "a"]))


@settings(deadline=None)
@given(_WORDS, _WORDS)
def test_bleu_is_that_of_its_equation(one: list[str], other: list[str]) -> None:
    matches = (Counter(one) & Counter(other)).total()
    expected = 0.0
    if matches:
        expected = math.exp(min(0, 1 - len(other) / len(one))) * matches / len(one)
    assert bleu_1(" ".join(one), " ".join(other)) == pytest.approx(expected, abs=1e-12)


def test_bleu_by_hand() -> None:
    assert bleu_1("the the the the", "the cat is here") == 0.25
    assert bleu_1("the cat", "the cat is here") == pytest.approx(0.36787944117)
    assert bleu_1("The cat", "the cat") == 0.5
    assert bleu_1("", "the cat") == bleu_1("the cat", "") == 0.0


@settings(deadline=None)
@given(_WORDS, _WORDS)
def test_the_common_subsequence_is_that_of_the_table(one: list[str], other: list[str]) -> None:
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for row, first in enumerate(one, 1):
        for column, second in enumerate(other, 1):
            lengths[row][column] = (
                lengths[row - 1][column - 1] + 1
                if first == second
                else max(lengths[row - 1][column], lengths[row][column - 1])
            )
    assert longest_common_subsequence(one, other) == lengths[-1][-1]


def test_rouge_by_hand() -> None:
    # "fox jump over" of five and of four words.
    assert rouge_l("Foxes JUMPING, over a log", "a fox jumped over") == pytest.approx(2 * 3 / 9)
    assert rouge_l("one two three four", "two four six") == pytest.approx(4 / 7)
    assert rouge_l("", "words") == rouge_l("...", "...") == 0.0


def test_rouge_is_that_of_its_package() -> None:
    scorer = pytest.importorskip("rouge_score.rouge_scorer").RougeScorer(["rougeL"], True)
    sentences = [one.definition for one in ATTRIBUTES]
    for text, reference in pairwise([*sentences, HARD, PROSE, "", f"{PROSE} {HARD}"]):
        expected = scorer.score(reference, text)["rougeL"].fmeasure
        assert rouge_l(text, reference) == pytest.approx(expected, abs=1e-12)


def test_without_nltk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nltk.translate.bleu_score", None)
    with pytest.raises(MissingExtraError, match=r"counterfoil\[detector\]"):
        bleu_1("a", "a")
