"""A rationale that says the opposite of its verdict is found, and hardly ever another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.text_checks.contradiction import contradicts
from schemas.attributes import ATTRIBUTES
from schemas.cues import CUES
from schemas.vocabulary import Verdict

PRESENT, ABSENT, UNSURE = Verdict.PRESENT, Verdict.ABSENT, Verdict.UNSURE


@pytest.mark.parametrize(
    ("verdict", "rationale"),
    [
        (PRESENT, "The shadows of the bench and the cyclist are consistent."),
        (PRESENT, "No halo or seam is visible along the outline of the cup."),
        (PRESENT, "The edges of the roof are smooth and natural."),
        (PRESENT, "There are no signs of inconsistency in the grain of the wall."),
        (PRESENT, "Consistent lighting and shadows throughout the scene."),
        (PRESENT, "Nothing unusual can be seen on the left cheek."),
        (PRESENT, "The texture of the skin looks natural and consistent across the face."),
        (PRESENT, "The anatomy of both hands appears plausible."),
        (PRESENT, "The image looks authentic."),
        (ABSENT, "The shadow of the lamp post is inconsistent with the light on the wall."),
        (ABSENT, "The fingers of the left hand are deformed."),
        (ABSENT, "The lighting on the face is unnatural."),
        (ABSENT, "The reflection does not match the scene before it."),
        (ABSENT, "The outline of the bottle shows artifacts."),
    ],
)
def test_contradictions(verdict: Verdict, rationale: str) -> None:
    assert contradicts(verdict, rationale) is True


@pytest.mark.parametrize(
    ("verdict", "rationale"),
    [
        (PRESENT, "The shadow of the lamp post is inconsistent with the light on the wall."),
        (PRESENT, "The sign's letters are not natural; the second word is illegible."),
        (PRESENT, "The grain of the wall isn't consistent with that of the floor."),
        (PRESENT, "The shadow does not fit the lamp."),
        (PRESENT, "The two highlights cannot be consistent."),
        (ABSENT, "No halo follows the outline of the cup."),
        (ABSENT, "The shadows are consistent."),
        (ABSENT, "Nothing here is out of the ordinary."),
        (ABSENT, "No anomalies in the sky; the trees look natural."),
        (ABSENT, "It isn't inconsistent: both lamps cast a shadow of their own."),
        (ABSENT, "There are hardly any artefacts."),
        (ABSENT, "None of the letters looks deformed."),
        (ABSENT, "I see neither seams nor halos around the hat."),
    ],
)
def test_agreement(verdict: Verdict, rationale: str) -> None:
    assert contradicts(verdict, rationale) is False


@pytest.mark.parametrize(
    ("verdict", "rationale"),
    [
        (PRESENT, "The hand has six fingers."),
        (PRESENT, "The face is consistent in tone, but the neck is much paler."),
        (PRESENT, "The natural grain of the wall is missing around the window."),
        (PRESENT, "There is no shadow under the cup."),
        (PRESENT, "No two shadows agree."),
        (PRESENT, "The blur is consistent with enlargement."),
        (PRESENT, "Without any halo elsewhere, the bright fringe along the hat stands out."),
        (PRESENT, "The lighting seems natural at first glance, yet the nose casts two shadows."),
        (ABSENT, "The outline is slightly irregular, but the blur of motion explains it."),
        (ABSENT, "The irregular edge of the leaf is that of a leaf eaten by insects."),
        (ABSENT, "The artefacts around the letters come from the compression of the picture."),
        (ABSENT, "The man's suspicious look is directed at the woman."),
        (ABSENT, "The bench looks old and its paint is flaking."),
        (UNSURE, "The shadows are inconsistent."),
        (PRESENT, ""),
    ],
)
def test_neither(verdict: Verdict, rationale: str) -> None:
    assert contradicts(verdict, rationale) is None


@pytest.mark.parametrize(
    "text", [*(cue.text for cue in CUES), *(cue for one in ATTRIBUTES for cue in one.cues)]
)
def test_a_cue_never_contradicts_that_it_is_there(text: str) -> None:
    assert contradicts(PRESENT, text) is not True


@pytest.mark.parametrize("verdict", Verdict)
@given(
    words=st.lists(
        st.sampled_from(("no", "not", "is", "the", "seams", ",", ".", "but", "consistent", "halo"))
    )
)
def test_it_answers_for_any_text(verdict: Verdict, words: list[str]) -> None:
    assert contradicts(verdict, " ".join(words)) in (True, False, None)
