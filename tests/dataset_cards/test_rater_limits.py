"""Figures about texts stand on the card, and weak judgements among its known limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from annotation.text_checks.figures import HIT
from dataset_cards.card import LEAST_OVERLAP, render_card
from dataset_cards.rater_limits import rater_limits
from dataset_cards.statistics import Rater, Statistics, statistics
from schemas.agreement import Estimate
from schemas.manifest import Manifest, TextFigures
from storage.published import PublishedSet

SECTION = "## What the texts are worth"


@pytest.fixture(scope="module")
def counted(judged: PublishedSet) -> Statistics:
    return statistics(judged)


def _texts(**changes: Any) -> TextFigures:
    """Texts without a fault."""
    sound = TextFigures(
        rater="qwen-blind",
        family="qwen",
        mode="blind",
        rows=200,
        leaking=0.0,
        boilerplate=0.02,
        contradicting=0.0,
        grounded=80,
        hits=0.9,
        overlap=0.4,
        judged=100,
        supported=0.8,
        swapped=50,
        swapped_supported=0.1,
    )
    return sound.model_copy(update=changes)


def _card(published: PublishedSet, texts: Sequence[TextFigures]) -> str:
    manifest = published.manifest.model_copy(update={"texts": tuple(texts)})
    return render_card(PublishedSet(published.folder, manifest))


def _limits(counted: Statistics, manifest: Manifest, **changes: object) -> str:
    return "\n".join(rater_limits(counted, manifest.model_copy(update=changes)))


def test_the_card_shows_what_the_texts_are_worth(judged: PublishedSet) -> None:
    section = _card(judged, [_texts()]).split(f"{SECTION}\n")[1].split("\n## ")[0]
    assert "| `qwen-blind` | blind | 200 | 0% | 2.0% | 0% |" in section
    assert "| `qwen-blind` | blind | 80 | 90% | 0.40 |" in section
    assert "| `qwen-blind` | blind | 100 | 80% | 50 | 10% |" in section
    assert f"intersection over union\n  of at least {HIT} with" in section
    assert LEAST_OVERLAP == HIT
    assert "forms filled in" not in section


def test_the_card_says_that_the_measured_rater_fills_in_forms(judged: PublishedSet) -> None:
    section = render_card(judged).split(f"{SECTION}\n")[1].split("\n## ")[0]
    assert "The texts of `measured` are forms filled in" in section
    assert len([line for line in section.splitlines() if line.startswith("| `measured`")]) == 2


def test_what_was_not_looked_at_is_left_out(judged: PublishedSet, made: PublishedSet) -> None:
    nobody = {"judged": 0, "supported": None, "swapped": 0, "swapped_supported": None}
    nowhere = {"grounded": 0, "hits": None, "overlap": None}
    section = _card(judged, [_texts(**nobody, **nowhere)]).split(f"{SECTION}\n")[1]
    section = section.split("\n## ")[0]
    assert "*Boilerplate*" in section
    assert "judge" not in section
    assert "*Places*" not in section
    assert SECTION not in render_card(made)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"boilerplate": 0.37}, "are boilerplate in 37%"),
        ({"boilerplate": 0.37, "rows": 8}, None),
        ({"leaking": 0.06}, "the label) in 6.0%."),
        ({"contradicting": 0.09}, "say the opposite of their verdict in 9.0%."),
        ({"hits": 0.3}, "they miss the change in 70%."),
        (
            {"swapped_supported": 0.72},
            "before another picture nearly as often as before their own (72% and 80%)",
        ),
        ({"swapped_supported": 0.85}, "before another picture as often as before their own"),
        ({"swapped_supported": 0.85, "swapped": 4}, None),
        ({"supported": 0.0, "swapped_supported": 0.0}, None),
        ({"boilerplate": None, "leaking": None, "contradicting": None, "rows": 0}, None),
    ],
)
def test_limits_of_texts(
    changes: dict[str, Any], expected: str | None, counted: Statistics, judged: PublishedSet
) -> None:
    limits = _limits(counted, judged.manifest, texts=(_texts(**changes),))
    assert ("texts of `qwen-blind` (blind)" in limits) == (expected is not None)
    assert (expected or "") in limits


def test_the_measured_rater_is_not_blamed_for_its_forms(
    counted: Statistics, judged: PublishedSet
) -> None:
    forms = _texts(rater="measured", family="", mode="grounded", boilerplate=0.98)
    limits = _limits(counted, judged.manifest, texts=(forms,))
    assert "a model that learns from them learns the form." in limits
    assert "boilerplate in 98%" not in limits


def test_limits_of_agreement(counted: Statistics, judged: PublishedSet) -> None:
    report = judged.manifest.agreement
    assert report is not None
    assert report.anchoring is not None
    anchored = replace(report.anchoring, effect=Estimate(0.08, 0.03, 0.12))
    unsure = {"human:ada": 0.6, "mllm:qwen-blind": 0.2}

    def with_alpha(value: float, low: float, **changes: Any) -> str:
        alpha = Estimate(value, low, 0.9)
        figures = tuple(
            replace(one, alpha=alpha) if one.between == "human/human" else one
            for one in report.figures
        )
        changed = replace(report, figures=figures, **changes)
        return _limits(counted, judged.manifest, agreement=changed)

    low = with_alpha(0.52, 0.4, anchoring=anchored, unsure=unsure)
    assert (
        "The alpha of people on the picture as a whole, 0.52, is below 0.667, Krippendorff's own "
        "lower bound for tentative conclusions." in low
    )
    assert "People's alpha is below 0.667 for Inconsistent Lighting and Shadows (0.52), " in low
    assert "more often, by 8.0 percentage points (95% interval 3.0 to 12.0)" in low
    assert "The rater `ada` is unsure in 60% of its answers." in low
    assert "`qwen-blind` is unsure" not in low
    assert "is 0.75, but its interval reaches 0.50, below 0.667" in with_alpha(0.75, 0.5)
    assert "0.667" not in with_alpha(0.85, 0.7)


def test_limits_of_who_judged(counted: Statistics, judged: PublishedSet) -> None:
    def by(raters: Sequence[Rater], **changes: object) -> str:
        return _limits(replace(counted, raters=tuple(raters)), judged.manifest, **changes)

    machines = [one for one in counted.raters if one.kind != "human"]
    ada = [one for one in counted.raters if one.name == "ada"]
    assert "No person has judged this set; the verdicts are machines' alone." in by(machines)
    assert "No person" not in by(ada)
    assert "No picture was judged by two people" in by(ada, agreement=None)
    assert "No picture was judged by two people" not in by(counted.raters)
    assert by([]) == "Nobody judged the pictures; the attributes are empty."
    told = "The raters `gemma-grounded`, `glm-informed` were informed"
    assert told in by(machines)
    assert "The rater `glm-informed` was informed" in by(
        [one for one in machines if one.name == "glm-informed"]
    )
