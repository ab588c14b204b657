"""Named attributes against true ones, by hand and as scikit-learn counts them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from detector.metrics.attributes import attribute_scores, named_by, poles_of

_ROWS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1)


@settings(deadline=None)
@given(_ROWS)
def test_scores_are_those_of_scikit_learn(rows: list[tuple[bool, bool]]) -> None:
    true, said = np.array(rows).T
    truth: list[dict[str, bool | None]] = [{"edges": one} for one, _ in rows]
    named = [["edges"] * one for _, one in rows]
    found = attribute_scores(truth, named, ["edges"]).attributes[0]
    for ours, theirs in (
        (found.precision, precision_score(true, said, zero_division=np.nan)),
        (found.recall, recall_score(true, said, zero_division=np.nan)),
        (found.f1, f1_score(true, said, zero_division=np.nan)),
    ):
        assert (np.nan if ours is None else ours) == pytest.approx(theirs, nan_ok=True)


def test_by_hand() -> None:
    truth: list[dict[str, bool | None]] = [
        {"edges": True, "light": False},
        {"edges": True, "light": True},
        {"edges": None, "light": True},
    ]
    named = [{"edges", "light"}, None, {"edges", "unheard"}]

    found = attribute_scores(truth, named, ["edges", "light", "texture"])

    edges, light, texture = found.attributes
    # The answer that could not be read misses both; the third picture is not judged on edges.
    assert (edges.judged, edges.present, edges.named, edges.both) == (2, 2, 1, 1)
    assert (edges.precision, edges.recall, edges.f1) == (1.0, 0.5, 2 / 3)
    assert (light.judged, light.present, light.named, light.both) == (3, 2, 1, 0)
    assert (light.precision, light.recall, light.f1) == (0.0, 0.0, 0.0)
    assert (texture.judged, texture.precision, texture.recall, texture.f1) == (0, None, None, None)
    assert (found.micro.precision, found.micro.recall) == (0.5, 0.25)
    assert found.macro_f1 == pytest.approx(1 / 3)


def test_a_fake_is_described_by_forged_poles_and_a_real_one_by_authentic_ones() -> None:
    verdicts = {"edges": "present", "quality": "absent", "lighting": "unsure"}
    assert poles_of(True, verdicts) == {
        "Irregular Image Edges": True,
        "Smooth and Natural Image Edges": False,
        "Low Image Quality": False,
        "High Image Quality": None,
    }
    assert poles_of(False, verdicts) == {
        "Smooth and Natural Image Edges": False,
        "Irregular Image Edges": None,
        "High Image Quality": True,
        "Low Image Quality": False,
    }


def test_what_an_answer_names() -> None:
    text = "<REASONING>Irregular Image Edges: A halo. Low Image Quality: Soft.</REASONING>"
    assert named_by(text) == frozenset({"Irregular Image Edges", "Low Image Quality"})
    assert named_by("<REASONING>It is fake.</REASONING>") == frozenset()
    assert named_by("It is fake.") is None


def test_lengths_must_agree_and_nothing_has_no_score() -> None:
    with pytest.raises(ValueError, match="zip"):
        attribute_scores([{}], [], ["edges"])
    assert attribute_scores([], [], ["edges"]).macro_f1 is None
