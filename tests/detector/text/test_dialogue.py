"""What a detector is asked and taught, as text and as tokens."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from detector.metrics.answers import read
from detector.metrics.predictions import FAKE, REAL
from detector.text.dialogue import IGNORED, Dialogue, load_dialogue, new_dialogue
from detector.text.templates import NO, QUESTIONS, YES
from detector.text.vocabulary import learnt
from schemas.errors import CounterfoilError, StorageError

TEXTS = [
    f"<SUMMARY>I look.</SUMMARY><CAPTION>Picture {n}.</CAPTION><REASONING>From low-level "
    f"perspective: The edge is {n} px wide. It is soft; it is odd! From high-level perspective: "
    f"Nothing.</REASONING><CONCLUSION>This image is {word}.</CONCLUSION>"
    for n in range(10)
    for word in ("real", "fake")
]


@pytest.fixture(scope="module")
def reasoning() -> Dialogue:
    return new_dialogue(learnt(TEXTS, 600), "reasoning", most=400, masks=True)


@pytest.fixture(scope="module")
def verdict() -> Dialogue:
    return new_dialogue(learnt([], 600), "verdict", masks=True)


def taught(labels: list[int]) -> list[int]:
    return [one for one in labels if one != IGNORED]


def test_an_example_is_the_question_and_its_answer(reasoning: Dialogue) -> None:
    answer = reasoning.answer_for(True, TEXTS[1], False, np.random.default_rng(0))
    ids, labels = reasoning.example(answer, 9)
    question = reasoning.question(9)
    assert ids[: len(question)] == question
    assert labels == [IGNORED] * len(question) + ids[len(question) :]
    assert question.count(reasoning.terms.image) == 9
    assert labels[-1] == reasoning.terms.end
    assert reasoning.decode(taught(labels)) == answer == TEXTS[1]


@pytest.mark.parametrize("fake", [False, True])
def test_the_verdict_is_the_one_token_after_the_introduction(
    reasoning: Dialogue, fake: bool
) -> None:
    _, labels = reasoning.example(TEXTS[int(fake)], 1)
    introduction = list(reasoning.verdict.introduction)
    at = [i for i in range(len(labels)) if labels[i : i + len(introduction)] == introduction]
    assert len(at) == 1
    word = labels[at[0] + len(introduction)]
    assert (word,) == (reasoning.verdict.fake if fake else reasoning.verdict.real)


def test_a_mask_is_asked_for_at_the_end(reasoning: Dialogue) -> None:
    with_mask = reasoning.answer_for(True, TEXTS[1], True, np.random.default_rng(0))
    _, labels = reasoning.example(with_mask, 1)
    assert labels[-2:] == [reasoning.terms.segmentation, reasoning.terms.end]
    assert reasoning.decode(taught(labels)) == TEXTS[1]
    without = new_dialogue(learnt(TEXTS, 600), "reasoning")
    assert without.answer_for(True, TEXTS[1], True, np.random.default_rng(0)) == TEXTS[1]


@pytest.mark.parametrize("reasons", [None, "", "no tags at all", TEXTS[0]])
def test_without_reasoning_of_its_own_a_row_teaches_its_conclusion(
    reasoning: Dialogue, reasons: str | None
) -> None:
    # The last of these concludes the opposite of the label.
    answer = reasoning.answer_for(True, reasons, False, np.random.default_rng(0))
    assert answer == "<CONCLUSION>This image is fake.</CONCLUSION>"
    ids, _ = reasoning.example(answer, 1)
    assert ids[: len(reasoning.question(1))] != reasoning.question(1)
    assert read(answer).verdict == FAKE


def test_a_conclusion_in_another_spelling_is_taught_in_the_one(reasoning: Dialogue) -> None:
    spaced = TEXTS[0].replace(">This image is real.<", "> This image is real. <")
    assert reasoning.answer_for(False, spaced, False, np.random.default_rng(0)) == TEXTS[0]


def test_what_is_too_long_loses_sentences_and_never_its_conclusion() -> None:
    whole = new_dialogue(learnt(TEXTS, 600), "reasoning")
    _, labels = whole.example(TEXTS[0], 4)
    least = len(labels) - 5
    short = new_dialogue(learnt(TEXTS, 600), "reasoning", most=least)
    ids, labels = short.example(TEXTS[0], 4)
    text = short.decode(taught(labels))
    assert len(ids) <= least
    assert read(text).verdict == REAL
    assert text.startswith("<SUMMARY>")
    assert "it is odd!" not in text or "Nothing." not in text
    with pytest.raises(CounterfoilError, match=r"text\.length"):
        new_dialogue(learnt(TEXTS, 600), "reasoning", most=64).example(TEXTS[0], 30)


def test_all_eight_words_are_taught_and_all_ten_questions_asked(verdict: Dialogue) -> None:
    rng = np.random.default_rng(0)
    asked, said = set(), {True: set[int](), False: set[int]()}
    for _ in range(400):
        for fake in (True, False):
            answer = verdict.answer_for(fake, None, False, rng)
            ids, labels = verdict.example(answer, 2, rng)
            said[fake].add(taught(labels)[0])
            asked.add(tuple(ids[: len(ids) - len(taught(labels))]))
            assert answer.split(",")[0] in (YES if fake else NO)
    assert said[True] == set(verdict.verdict.fake)
    assert said[False] == set(verdict.verdict.real)
    assert len(said[True]) == len(said[False]) == 4
    assert len(asked) == len(QUESTIONS) == 10
    assert verdict.verdict.introduction == ()


def test_the_first_question_is_asked_without_a_draw(verdict: Dialogue) -> None:
    assert verdict.question(3) == verdict.question(3)
    assert QUESTIONS[0] in verdict.tokenizer.decode(verdict.question(3))


def test_a_text_ends_where_its_end_is(reasoning: Dialogue) -> None:
    ids = reasoning.answer_ids("It is so.", 50)
    assert reasoning.decode([*ids, 7, 8, 9]) == "It is so."


def test_saved_pickled_and_loaded_it_says_the_same(reasoning: Dialogue, tmp_path: Path) -> None:
    reasoning.save(tmp_path)
    for other in (load_dialogue(tmp_path), pickle.loads(pickle.dumps(reasoning))):
        assert other.example(TEXTS[3], 5) == reasoning.example(TEXTS[3], 5)
        assert other.terms == reasoning.terms
    with pytest.raises(StorageError, match=r"no tokenizer\.json"):
        load_dialogue(tmp_path / "elsewhere")
