"""Each check lands in its column, and the card's figures are shares of what could be checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annotation.text_checks.checking import checked, with_judgements
from annotation.text_checks.figures import figures
from annotation.text_checks.grounding import observed_box, overlap
from schemas.annotation import Annotation, Region, TextChecks
from schemas.vocabulary import Mode, RaterKind, Support, Verdict
from storage.masks import encode_mask
from tests.annotation.text_checks.rows import row

HALF = Region(0.0, 0.0, 0.5, 1.0)
CLEAN = "The brim of the hat has a bright fringe on its left."


def checks_of(one: Annotation) -> TextChecks:
    assert one.checks is not None
    return one.checks


def test_every_check_has_its_column() -> None:
    rows = [
        row("a", "The mask shows a seam.", region=Region(0.0, 0.0, 1.0, 1.0)),
        row("b", "The edges are smooth and natural."),
        row("c", CLEAN),
        row("d", CLEAN),
    ]
    a, b, c, d = (checks_of(one) for one in checked(rows, {"a": HALF, "b": HALF}))
    assert (a.leaks, a.boilerplate, a.contradiction, a.grounding) == (("mask",), False, False, 0.5)
    assert (b.contradiction, b.grounding) == (True, None)
    assert c == d == TextChecks(boilerplate=True)


def test_raters_are_not_held_against_one_another() -> None:
    rows = [row("a", CLEAN), row("b", CLEAN, rater="other")]
    assert [checks_of(one).boilerplate for one in checked(rows, {})] == [False, False]


def test_the_measured_rater_did_not_point() -> None:
    rows = [row("a", CLEAN, rater_kind=RaterKind.MEASURED, region=HALF)]
    assert checks_of(checked(rows, {"a": HALF})[0]).grounding is None


def test_rows_keep_their_order_and_everything_else() -> None:
    rows = [row("a", CLEAN, "edges"), row("a", "A bench.", "whole"), row("b", "A hat.")]
    found = checked(rows, {})
    assert [replace(one, checks=None) for one in found] == rows


def test_judgements_are_added_and_survive_another_check() -> None:
    rows = [row("a", CLEAN), row("b", "A hat.")]
    ids = [one.annotation_id for one in rows]
    found = with_judgements(
        checked(rows, {}), {ids[0]: Support.SUPPORTED}, {ids[0]: Support.UNSURE}
    )
    again = checked(found, {})
    assert checks_of(again[0]).judged is Support.SUPPORTED
    assert checks_of(again[0]).swapped is Support.UNSURE
    assert checks_of(again[1]).judged is None
    (bare, _) = with_judgements(rows, {ids[0]: Support.UNSUPPORTED}, {})
    assert bare.checks == TextChecks(judged=Support.UNSUPPORTED)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (HALF, HALF, 1.0),
        (HALF, Region(0.5, 0.0, 1.0, 1.0), 0.0),
        (HALF, Region(0.25, 0.0, 0.75, 1.0), 1 / 3),
        (HALF, Region(0.0, 0.0, 0.25, 0.5), 0.25),
    ],
)
def test_overlap(one: Region, other: Region, shared: float) -> None:
    assert overlap(one, other) == overlap(other, one) == pytest.approx(shared)


def test_the_box_of_a_mask() -> None:
    mask = np.zeros((10, 20), np.bool_)
    assert observed_box(encode_mask(mask)) is None
    mask[2:4, 5:10] = True
    assert observed_box(encode_mask(mask)) == Region(0.25, 0.2, 0.5, 0.4)


def test_figures_are_shares_of_what_could_be_checked() -> None:
    one = {"rater": "b", "rater_family": "qwen"}
    rows = [
        row("a", "x", checks=TextChecks(("mask",), True, False, 0.4, Support.SUPPORTED), **one),
        row("b", "x", checks=TextChecks((), True, True, 0.0, Support.UNSURE), **one),
        row("c", "x", checks=TextChecks(swapped=Support.SUPPORTED), **one),
        row("d", "x", checks=TextChecks(swapped=Support.UNSUPPORTED), **one),
        row("e", "x", **one),
        row("f", " ", checks=TextChecks(), **one),
        row("a", "x", rater="a", mode=Mode.INFORMED, checks=TextChecks()),
    ]
    first, second = figures(rows)
    assert (first.rater, first.mode, first.rows, first.grounded) == ("a", Mode.INFORMED, 1, 0)
    assert (first.hits, first.overlap, first.supported, first.swapped_supported) == (None,) * 4
    assert (second.rater, second.family, second.rows) == ("b", "qwen", 4)
    assert (second.leaking, second.boilerplate, second.contradicting) == (0.25, 0.5, 0.25)
    assert (second.grounded, second.hits, second.overlap) == (2, 0.5, 0.2)
    assert (second.judged, second.supported) == (2, 0.5)
    assert (second.swapped, second.swapped_supported) == (2, 0.5)


def test_measured_texts_contradict_nothing() -> None:
    place = "In the centre (x 22–55 %, y 49–67 %) "
    texts = [
        (
            Verdict.ABSENT,
            "the noise residual has a standard deviation of 5.83 grey levels against 4.93 at equal "
            "brightness around it, a ratio of 1.18; the usual range in authentic pictures of this "
            "kind is 0.33 to 1.58. That is within the ordinary.",
        ),
        (
            Verdict.ABSENT,
            "the grey-edge estimate of the colour of the light differs by 10.9° from that around "
            "it; the usual limit in authentic pictures of this kind is 15.7°. The area fits its "
            "surroundings in this respect.",
        ),
        (
            Verdict.PRESENT,
            "74 % of the brightness gradient on the outline runs square to it, against 35 % on "
            "parallel lines beside it, a difference of 39 points; the limit in authentic pictures "
            "of this kind is about 37 points.",
        ),
    ]
    rows = [
        row(f"s{number}", place + text, verdict=verdict, rater_kind=RaterKind.MEASURED)
        for number, (verdict, text) in enumerate(texts)
    ]
    assert not any(checks_of(one).contradiction for one in checked(rows, {}))
