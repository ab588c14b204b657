"""The chain of thought says what the rows say, in MMFR's tags, and reads back exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.chain_of_thought import SUMMARY, Finding, ParsedChain, parse, render
from schemas.annotation import TextChecks
from schemas.attributes import ATTRIBUTES, WHOLE
from schemas.errors import DatasetError
from schemas.record import AttributeConsensus
from schemas.vocabulary import Label, RaterKind, Support, Verdict
from tests.annotation.agreed import consensus
from tests.annotation.scenes import row

ROWS = [
    row("lighting", Verdict.ABSENT, "The light fits."),
    row("edges", Verdict.PRESENT, "The outline is cut hard."),
    row("texture", Verdict.UNSURE, "Hard to say."),
    row("semantics", Verdict.PRESENT, "The cat has five legs.", rater="anna", kind=RaterKind.HUMAN),
]


def test_a_fake_gets_what_is_present() -> None:
    assert render(Label.FAKE, "A cat.", ROWS, consensus(ROWS)) == (
        f"<SUMMARY>{SUMMARY}</SUMMARY><CAPTION>A cat.</CAPTION><REASONING>"
        "From low-level perspective: Irregular Image Edges: The outline is cut hard. "
        "From high-level perspective: Semantic Irrationality: The cat has five legs."
        "</REASONING><CONCLUSION>This image is fake.</CONCLUSION>"
    )


def test_a_real_picture_gets_what_is_absent_under_the_authentic_pole() -> None:
    text = render(Label.REAL, "A cat.", ROWS, consensus(ROWS))
    assert "Consistent Lighting and Shadows: The light fits." in text
    assert "cut hard" not in text
    assert text.endswith("<CONCLUSION>This image is real.</CONCLUSION>")


def test_a_fake_without_findings_says_so() -> None:
    text = render(Label.FAKE, "A cat.", [], consensus([]))
    assert "Nothing out of the ordinary was established." in text
    assert parse(text) == ParsedChain("A cat.", (), Label.FAKE)


def test_a_human_speaks_before_a_machine_and_a_leak_comes_last() -> None:
    rows = [
        row("edges", Verdict.PRESENT, "Measured."),
        row("edges", Verdict.PRESENT, "Seen.", rater="anna", kind=RaterKind.HUMAN),
        row("edges", Verdict.PRESENT, "The mask shows it.", rater="aaron", kind=RaterKind.HUMAN),
        row("edges", Verdict.ABSENT, "All fine.", rater="ben", kind=RaterKind.HUMAN),
    ]
    for given_rows in (rows, rows[::-1]):
        chain = parse(render(Label.FAKE, "A cat.", given_rows, consensus(rows)))
        assert chain.findings == (Finding("edges", "Seen."),)


def test_people_speak_first_then_models_then_measurements() -> None:
    rows = [
        row("edges", Verdict.PRESENT, "Measured."),
        row("edges", Verdict.PRESENT, "Seen by a model.", rater="gpt", kind=RaterKind.MLLM),
        row("edges", Verdict.PRESENT, " ", rater="anna", kind=RaterKind.HUMAN),
        row("edges", Verdict.PRESENT, "Seen by a person.", rater="ben", kind=RaterKind.HUMAN),
    ]
    for said in ("Seen by a person.", "Seen by a model.", "Measured."):
        chain = parse(render(Label.FAKE, "A cat.", rows, consensus(rows)))
        assert chain.findings == (Finding("edges", said),)
        rows = [one for one in rows if one.rationale != said]


@pytest.mark.parametrize(
    "checks",
    [
        TextChecks(leaks=("mask",)),
        TextChecks(boilerplate=True),
        TextChecks(contradiction=True),
        TextChecks(judged=Support.UNSUPPORTED),
        TextChecks(swapped=Support.SUPPORTED),
    ],
)
def test_a_rationale_that_checks_find_wanting_comes_last(checks: TextChecks) -> None:
    wanting = row("edges", Verdict.PRESENT, "Wanting.", rater="anna", kind=RaterKind.HUMAN)
    rows = [row("edges", Verdict.PRESENT, "Measured."), replace(wanting, checks=checks)]
    chain = parse(render(Label.FAKE, "A cat.", rows, consensus(rows)))
    assert chain.findings == (Finding("edges", "Measured."),)
    alone = parse(render(Label.FAKE, "A cat.", rows[1:], consensus(rows[1:])))
    assert alone.findings == (Finding("edges", "Wanting."),)


def test_an_empty_phrase_comes_before_a_wrong_word() -> None:
    rows = [
        replace(row("edges", Verdict.PRESENT, "Hollow."), checks=TextChecks(boilerplate=True)),
        row("edges", Verdict.PRESENT, "As the mask shows.", rater="anna", kind=RaterKind.HUMAN),
    ]
    chain = parse(render(Label.FAKE, "A cat.", rows, consensus(rows)))
    assert chain.findings == (Finding("edges", "Hollow."),)


def test_what_is_said_of_the_whole_is_passed_over() -> None:
    whole = row(WHOLE, Verdict.PRESENT, "It is forged.", rater="anna", kind=RaterKind.HUMAN)
    about = AttributeConsensus(WHOLE, Verdict.PRESENT, 1.0, (whole.annotation_id,))
    assert render(Label.FAKE, "A cat.", [*ROWS, whole], [about, *consensus(ROWS)]) == render(
        Label.FAKE, "A cat.", ROWS, consensus(ROWS)
    )


def test_an_empty_caption_is_refused() -> None:
    with pytest.raises(ValueError, match="caption"):
        render(Label.REAL, " \n", [], ())


GOOD = render(Label.FAKE, "A cat.", ROWS, consensus(ROWS))


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD + " ",
        GOOD.replace("fake.<", "unclear.<"),
        GOOD.replace("<CAPTION>", ""),
        GOOD.replace("A cat.", "A <b>cat</b>."),
        GOOD.replace("I look", "You look"),
        GOOD.replace("Irregular Image Edges: ", ""),
        GOOD.replace("Irregular Image Edges", "High Image Quality"),
        GOOD.replace("Irregular Image Edges", "Semantic Irrationality"),
        GOOD.replace("The outline", "Low Image Quality: The outline"),
        GOOD.replace("image is fake", "image is real"),
    ],
)
def test_malformed_texts_are_refused(text: str) -> None:
    with pytest.raises(DatasetError):
        parse(text)


# Pieces that look like the format's own, so that escaping is put to the test.
pieces = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "</CAPTION>",
            "<REASONING>",
            "&lt;",
            "&amp;",
            "&",
            "&#58;",
            ": ",
            "From high-level perspective: ",
            "From low-level perspective",
            *(f"{attribute.forged}: " for attribute in ATTRIBUTES),
            *(f" {attribute.authentic}" for attribute in ATTRIBUTES),
        ]
    ),
)
texts = st.lists(pieces, min_size=1, max_size=6).map("".join)
verdicts = st.dictionaries(
    st.sampled_from([attribute.id for attribute in ATTRIBUTES]),
    st.tuples(st.sampled_from(list(Verdict)), texts),
)


@given(st.sampled_from(list(Label)), texts.filter(str.strip), verdicts)
def test_parse_inverts_render(
    label: Label, caption: str, judged: dict[str, tuple[Verdict, str]]
) -> None:
    rows = [row(attribute, verdict, text) for attribute, (verdict, text) in judged.items()]
    text = render(label, caption, rows, consensus(rows))
    wanted = Verdict.PRESENT if label is Label.FAKE else Verdict.ABSENT
    expected = tuple(
        Finding(attribute.id, " ".join(judged[attribute.id][1].split()))
        for attribute in ATTRIBUTES
        if attribute.id in judged
        and judged[attribute.id][0] is wanted
        and judged[attribute.id][1].strip()
    )
    assert parse(text) == ParsedChain(" ".join(caption.split()), expected, label)
    assert parse(text).compose() == text
