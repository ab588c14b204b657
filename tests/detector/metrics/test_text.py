"""Texts are compared as the libraries do it that the published code calls."""

from __future__ import annotations

import re
import warnings
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.metrics.porter import stem
from detector.metrics.text import bleu_1, longest_common_subsequence, rouge_l
from schemas.attributes import ATTRIBUTES

# Sentences on the subject, and words that take each branch of the stemmer.
PROSE = " ".join(
    " ".join((one.definition, one.forged, one.authentic, *one.cues, one.counter_example))
    for one in ATTRIBUTES
)
HARD = (
    "caresses ponies ties caress cats dies died spied feed agreed plastered bled motoring sing "
    "conflated troubled sized hopping tanned falling hissing fizzed failing filing happy sky enjoy "
    "spy relational conditional rational valency hesitancy digitizer conformably radically "
    "differently vilely analogously vietnamization predication operator feudalism decisiveness "
    "hopefulness callousness formality sensitivity sensibility hopefully geology apology "
    "triplicate formative formalize electricity electrical hopeful goodness revival allowance "
    "inference airliner gyroscopic adjustable defensible irritant replacement adjustment dependent "
    "adoption homologou communism activate angularity homologous effective bowdlerize probate rate "
    "cease controlling rolling succeed innings news skies dying yearly oaring eying beyed aed ied "
    "totally equally generally bly 12345 a1ing x0y1 onion million"
)


def _porter() -> Any:
    return pytest.importorskip("nltk.stem.porter").PorterStemmer()


_WORDS = st.lists(st.sampled_from([*HARD.split()[:12], "The", "the", "edge.", "edge", "a"]))


@settings(deadline=None)
@given(
    st.from_regex(r"[a-z0-9]{0,6}(ational|alli|logi|ing|ed|ies|ness|ion|e|y|ll|s)?", fullmatch=True)
)
def test_stems_are_those_of_nltk(word: str) -> None:
    assert stem(word) == _porter().stem(word)


def test_stems_of_prose_are_those_of_nltk() -> None:
    porter = _porter()
    words = re.findall("[a-z0-9]+", f"{PROSE} {HARD}".lower())
    assert len(set(words)) > 300
    assert {word: stem(word) for word in words} == {word: porter.stem(word) for word in words}


@settings(deadline=None)
@given(_WORDS, _WORDS)
def test_bleu_is_that_of_nltk(one: list[str], other: list[str]) -> None:
    library = pytest.importorskip("nltk.translate.bleu_score")
    with warnings.catch_warnings():
        # It warns of longer sequences that do not occur, though their weights are 0.
        warnings.simplefilter("ignore", UserWarning)
        expected = library.sentence_bleu([other], one, weights=(1, 0, 0, 0)) if one else 0.0
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
    for text, reference in pairwise(sentences):
        expected = scorer.score(reference, text)["rougeL"].fmeasure
        assert rouge_l(text, reference) == pytest.approx(expected, abs=1e-12)
