"""What raters are told follows from mode and cues, tells the blind no label, and is versioned."""

from __future__ import annotations

import re

import pytest

from annotation.mllm.instructing import asked_cues, instructions_for, taxonomy, told
from schemas.attributes import ATTRIBUTES
from schemas.cues import CUE_FAMILIES, CUES
from schemas.vocabulary import OPERATIONS, Domain, Label, Mode
from tests.annotation.mllm.conversing import rater

ALL = asked_cues(CUE_FAMILIES, Domain.NATURAL)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("answers", ["schema", "json", "text"])
@pytest.mark.parametrize("captions", [True, False])
def test_all_of_it_is_rendered(mode: Mode, answers: str, captions: bool) -> None:
    told_ = instructions_for(rater(mode=mode, answers=answers, captions=captions), ALL)
    assert re.search(r"\{[a-z]+\}", told_.text) is None
    for attribute in ATTRIBUTES:
        assert attribute.definition in told_.text
        assert attribute.counter_example in told_.text
    for cue in ALL:
        assert f"- {cue.id}: {cue.text}" in told_.text
    assert ("# The caption" in told_.text) is captions
    assert ("JSON schema" in told_.text) is (answers != "schema")
    assert re.fullmatch(rf"{mode}-[0-9a-f]{{10}}", told_.version)


def test_a_version_is_of_all_that_is_said() -> None:
    tellings = [
        instructions_for(rater(mode=mode, answers=answers, captions=captions), cues).version
        for mode in Mode
        for answers in ("schema", "json")
        for captions in (True, False)
        for cues in ((), ALL)
    ]
    assert len(set(tellings)) == len(tellings)
    assert instructions_for(rater(), ALL) == instructions_for(rater(name="other"), ALL)


def test_without_cues_there_is_no_list_of_them() -> None:
    assert "Finer cues" not in taxonomy(())
    assert taxonomy(ALL).count("Finer cues") == len(ATTRIBUTES)


def test_a_synthetic_picture_is_asked_what_a_photograph_is_asked() -> None:
    for families in ((), CUE_FAMILIES, ("anatomy",)):
        assert asked_cues(families, Domain.AIGC) == asked_cues(families, Domain.NATURAL)
    assert "head_pose" in {cue.id for cue in ALL}


def test_other_domains_are_asked_what_fits_them() -> None:
    for domain in (Domain.DOCUMENT, Domain.DEEPFAKE):
        wanted = tuple(cue for cue in CUES if cue.fits(domain))
        assert asked_cues(CUE_FAMILIES, domain) == wanted
    assert asked_cues(("noise",), Domain.DOCUMENT) == tuple(c for c in CUES if c.family == "noise")


@pytest.mark.parametrize("operation", [*OPERATIONS, "an_operation_of_a_plugin", None])
def test_a_forgery_is_told_by_its_operation(operation: str | None) -> None:
    said = told(Label.FAKE, operation)
    assert "authentic" not in said
    if operation in OPERATIONS:
        assert OPERATIONS[operation].definition in said
    assert told(Label.REAL, operation) == "The picture is authentic. Nothing in it was changed."
