"""Each known fault of the paper's text metrics: reproduced in its form, gone from the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from annotation.chain_of_thought import Finding, ParsedChain
from detector.metrics.answers import (
    findings,
    ordered_reference,
    paper_reference,
    read,
    read_paper,
    without_frame,
)
from detector.metrics.predictions import FAILED, FAKE, REAL
from detector.metrics.reasoning import (
    Described,
    paper_reasoning,
    paper_similarities,
    reasoning,
    similarities,
)
from detector.metrics.similarity import css, paper_css
from schemas.errors import DatasetError
from schemas.vocabulary import Label

LOW = "The rims are crisp and even."
HIGH = "A dog sits upon its mat."
FINDINGS = {
    "Semantic Rationality": HIGH,
    "Smooth and Natural Image Edges": LOW,
    "High Image Quality": None,
}


def written(reasoning: str, verdict: str = "real") -> str:
    return (
        f"<SUMMARY>s</SUMMARY><CAPTION>c</CAPTION><REASONING>{reasoning}</REASONING>"
        f"<CONCLUSION>This image is {verdict}.</CONCLUSION>"
    )


FRAMED = (
    f"From low-level perspective: {LOW} From high-level perspective: {HIGH} "
    "Therefore, this image is real."
)


class Letters:
    """Counts words, each by its first letter; sees so many words at once."""

    def __init__(self, window: int) -> None:
        self.window = window

    def tokenize(self, text: str) -> list[int]:
        return [ord(word[0].lower()) % 32 for word in text.split()]

    def embed(self, pieces: Sequence[list[int]]) -> npt.NDArray[np.float64]:
        assert all(len(piece) <= self.window for piece in pieces)
        return np.array([np.bincount(piece or [0], minlength=32) for piece in pieces], np.float64)


def test_the_paper_drops_failures_and_the_corrected_form_counts_them_as_nothing() -> None:
    good = Described(written(f"{HIGH} {LOW}"), FINDINGS)
    bad = Described("I am sorry, I cannot tell.", FINDINGS)

    paper = paper_reasoning([good, bad], Letters(50))
    ours = reasoning([good, bad], Letters(50))
    alone = reasoning([good], Letters(50))

    assert (paper.pictures, paper.failures) == (1, 1)
    assert (paper.bleu_1, paper.rouge_l) == (1.0, 1.0)
    assert paper.css == pytest.approx(1)
    assert (ours.pictures, ours.failures) == (2, 1)
    assert alone.rouge_l is not None
    assert ours.rouge_l == alone.rouge_l / 2
    assert ours.bleu_1 == 0.5
    assert ours.css == pytest.approx(0.5)


def test_the_paper_joins_references_in_the_alphabet_and_the_corrected_form_as_taught() -> None:
    assert paper_reference(FINDINGS) == f"{HIGH} {LOW}"
    assert ordered_reference(FINDINGS) == f"{LOW} {HIGH}"
    # The same in any order of the annotations.
    assert paper_reference(dict(reversed(FINDINGS.items()))) == f"{HIGH} {LOW}"
    assert ordered_reference(dict(reversed(FINDINGS.items()))) == f"{LOW} {HIGH}"
    perfect = [Described(written(FRAMED), FINDINGS)]
    paper, ours = paper_reasoning(perfect), reasoning(perfect)
    assert ours.rouge_l == 1.0
    assert paper.rouge_l is not None
    assert paper.rouge_l < 0.6


def test_the_paper_compares_with_phrases_that_no_reference_has() -> None:
    only = {"Smooth and Natural Image Edges": LOW}
    framed = f"From low-level perspective: {LOW} Therefore, this image is real."
    perfect = [Described(written(framed), only)]
    paper, ours = paper_reasoning(perfect), reasoning(perfect)
    assert (ours.bleu_1, ours.rouge_l) == (1.0, 1.0)
    assert paper.bleu_1 is not None
    assert paper.bleu_1 < 0.6


def test_the_paper_truncates_similarity_and_the_corrected_form_sees_all() -> None:
    encoder = Letters(4)
    reference, right, wrong = "a b c d e f", "a b c d e f", "a b c d x y"

    paper = paper_css([right, wrong], [reference] * 2, encoder)
    ours = css([right, wrong], [reference] * 2, encoder)

    assert paper == pytest.approx([1, 1])
    assert ours[0] == pytest.approx(1)
    assert ours[1] < 0.8


def test_similarities_agree_where_the_window_holds_the_text() -> None:
    texts, references = ["a b c", "a a b", "", "x"], ["a b d", "b b a", "", "y"]
    paper, ours = (form(texts, references, Letters(3)) for form in (paper_css, css))
    assert ours == pytest.approx(paper)
    assert paper[0] == pytest.approx(2 / 3)
    assert css([], [], Letters(3)).shape == (0,)


def test_pieces_cover_a_text_evenly() -> None:
    seen: list[list[int]] = []

    class Watching(Letters):
        def embed(self, pieces: Sequence[list[int]]) -> npt.NDArray[np.float64]:
            seen.extend(pieces)
            return super().embed(pieces)

    text = " ".join("abcdefghijk")
    css([text], ["a"], Watching(5))
    assert [len(piece) for piece in seen] == [3, 4, 4, 1]
    assert [token for piece in seen[:3] for token in piece] == Letters(5).tokenize(text)


def test_without_a_reference_the_paper_scores_against_nothing() -> None:
    bare = [Described(written(FRAMED), {"High Image Quality": None})]
    paper, ours = paper_reasoning(bare), reasoning(bare)
    assert (paper.pictures, paper.bleu_1, paper.without_reference) == (1, 0.0, 1)
    assert (ours.pictures, ours.bleu_1, ours.without_reference) == (0, None, 1)


def test_values_picture_by_picture_say_who_was_scored() -> None:
    three = [
        Described(written(FRAMED), FINDINGS),
        Described("nothing", FINDINGS),
        Described(written(FRAMED), {}),
    ]
    ours, paper = similarities(three), paper_similarities(three)
    assert ours.rouge_l.tolist()[:2] == [1.0, 0.0]
    assert np.isnan(ours.rouge_l).tolist() == [False, False, True]
    assert np.isnan(paper.rouge_l).tolist() == [False, True, False]
    assert ours.css is None


@pytest.mark.parametrize(
    ("text", "paper", "lenient"),
    [
        (written("w"), REAL, REAL),
        (written("w", "fake"), FAKE, FAKE),
        (written("w", "fake").replace("is fake.", "is fake"), FAILED, FAKE),
        (written("w").replace("This image", "this  image"), FAILED, REAL),
        (written("w").replace("</CONCLUSION>", ""), FAILED, REAL),
        (written("w").replace("REASONING", "THOUGHTS"), FAILED, REAL),
        (written("w").replace("CONCLUSION", "END"), FAILED, FAILED),
        (written("w").replace("is real.", "is real. This image is fake."), FAKE, FAILED),
        (written("w").replace("is real.", "is unclear."), FAILED, FAILED),
        ("This image is fake.", FAILED, FAILED),
        ("", FAILED, FAILED),
    ],
)
def test_what_a_verdict_is_read_from(text: str, paper: int, lenient: int) -> None:
    assert read_paper(text).verdict == paper
    assert read(text).verdict == lenient


def test_a_reasoning_is_read_though_the_answer_broke_off() -> None:
    cut = "<SUMMARY>s</SUMMARY><REASONING> From low-level perspective: Haloes ever"
    assert read(cut).reasoning == "From low-level perspective: Haloes ever"
    assert read(cut).verdict == FAILED
    assert (
        read("<reasoning>Sides < 3 px are soft.<CONCLUSION>").reasoning == "Sides < 3 px are soft."
    )
    assert read("<REASONING> </REASONING>").reasoning is None


def test_what_is_published_is_read_back_and_is_a_perfect_answer() -> None:
    chains = [
        ParsedChain(
            "A dog.",
            (Finding("texture", "It is <smooth>: too much."), Finding("semantics", "Six paws.")),
            Label.FAKE,
        ),
        ParsedChain("A cat.", (Finding("edges", "The rims are even."),), Label.REAL),
        ParsedChain("Nothing known.", (), Label.FAKE),
    ]
    described = []
    for chain in chains:
        answer = read(chain.compose())
        assert answer == read_paper(chain.compose())
        assert answer.verdict == (FAKE if chain.label is Label.FAKE else REAL)
        assert answer.reasoning is not None
        found = findings(answer.reasoning)
        assert list(found.values()) == [one.text for one in chain.findings]
        described.append(Described.published(chain.compose(), chain.compose()))
        assert described[-1].findings == found
    assert "Anomalous Image Texture" in described[0].findings
    ours = reasoning(described, Letters(3))
    with pytest.raises(DatasetError, match="no REASONING"):
        Described.published("an answer", "no chain")
    assert (ours.pictures, ours.bleu_1, ours.rouge_l) == (3, 1.0, 1.0)
    assert ours.css == pytest.approx(1)


def test_findings_are_the_texts_under_the_names_of_poles() -> None:
    text = (
        "From low-level perspective: Irregular Image Edges: A halo. Low image quality: It is soft. "
        "From high-level perspective: Nothing was established about the logic of the scene. "
        "Therefore, this image is fake."
    )
    assert findings(text)["Irregular Image Edges"] == "A halo."
    assert list(findings(text)) == ["Irregular Image Edges", "Low Image Quality"]
    twice = "Semantic Irrationality: One. Semantic Irrationality: Two."
    assert findings(twice) == {"Semantic Irrationality": "One. Two."}
    assert findings("Nothing is named.") == {}
    assert findings("Low Image Quality: a &lt;b&gt; &amp;lt; &copy; c&#58;") == {
        "Low Image Quality": "a <b> &lt; &copy; c:"
    }
    silent = "Low Image Quality: Soft. From high-level perspective: Nothing was established."
    assert findings(silent) == {"Low Image Quality": "Soft."}
    assert without_frame("From low-level perspective: a  b") == "a b"
