"""Rows of annotation go into a table and come back equal."""

from __future__ import annotations

from schemas.annotation import Annotation, Region, TextChecks
from schemas.annotation_table import annotation_table, read_annotations
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.cues import CUE_FAMILIES, CUES, CUES_BY_ID, cues_of
from schemas.vocabulary import Domain, Mode, RaterKind, Support, Verdict


def test_a_table_gives_back_what_it_was_given() -> None:
    bare = Annotation(
        "a", "s", "measured", RaterKind.MEASURED, "1", Mode.INFORMED, "edges", Verdict.ABSENT, "No."
    )
    full = Annotation(
        annotation_id="b",
        sample_id="s",
        rater="anna",
        rater_kind=RaterKind.HUMAN,
        rater_version="1",
        mode=Mode.BLIND,
        attribute=WHOLE,
        verdict=Verdict.PRESENT,
        rationale="The shadow points at the lamp.",
        rater_family="people",
        score=0.5,
        confidence=0.75,
        region=Region(0.0, 0.1, 0.5, 1.0),
        mask=b"\x89PNG",
        cues=("shadow_missing",),
        prompt_version="blind-0123456789",
        seconds=41.5,
        cost=0.002,
        checks=TextChecks(("mask",), True, False, 0.4, Support.SUPPORTED, Support.UNSURE),
    )
    assert list(read_annotations(annotation_table([bare, full]))) == [bare, full]


def test_cues_belong_to_attributes_and_fit_some_domain() -> None:
    assert len(CUES_BY_ID) == len(CUES)
    assert {cue.attribute for cue in CUES} == set(ATTRIBUTES_BY_ID)
    for domain in Domain:
        assert cues_of(CUE_FAMILIES, domain)
    on_pages = {cue.id for cue in cues_of(("text", "anatomy"), Domain.DOCUMENT)}
    assert on_pages == {"no_letters", "type_mismatch", "baseline", "paper_break"}
    assert cues_of((), Domain.NATURAL) == ()
