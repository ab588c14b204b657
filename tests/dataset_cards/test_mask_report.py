"""The charts of a mask audit and the quarantine's contact sheet show what they are given."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from curation.mask_audit.audit import audit_masks
from dataset_cards.mask_report import MASK_CHARTS, MaskChart, mask_section
from dataset_cards.quarantine_sheet import Quarantined, quarantine_sheet
from schemas.mask_audit import MaskAudit
from tests.curation.mask_audit.scenes import scenes


@pytest.fixture(scope="module")
def audit() -> MaskAudit:
    pictures = [
        *scenes(14, "disc", "splice", kind="object"),
        *scenes(14, "any", "inpaint_remove", kind="stuff"),
        *scenes(5, "any", "an_operation_of_a_plugin", requested=None, applied=None),
    ]
    return audit_masks(pictures, "made", available=60)


@pytest.mark.parametrize("chart", MASK_CHARTS, ids=lambda chart: chart.name)
def test_every_chart_is_drawn_the_same_each_time(chart: MaskChart, audit: MaskAudit) -> None:
    drawn = chart.draw(audit)
    assert drawn == chart.draw(audit)
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.width == 1200
        assert len(image.convert("L").getcolors() or ()) > 20


def test_one_picture_is_enough_for_every_chart() -> None:
    few = audit_masks(scenes(1, "disc"), "one")
    assert all(chart.draw(few) for chart in MASK_CHARTS)
    assert "too few masks" in mask_section(few)


def test_the_section_says_the_verdict_and_how_many_were_looked_at(audit: MaskAudit) -> None:
    text = mask_section(audit, "there")
    assert text.startswith("Saliency alone foresees where was changed: ")
    assert "splicing" in text.splitlines()[0]
    assert "33 of 60 masks" in text
    assert "| an operation of a plugin | 5 |" in text
    assert all(f"](there/{chart.name}.png)" in text for chart in MASK_CHARTS)


def quarantined(number: int, **facts: Any) -> Quarantined:
    scene = scenes(1, "disc")[0]
    whole = {
        "sample_id": f"job-{number}",
        "operation": "splice",
        "generator": "splice",
        "reason": "no_op",
        "detail": "0.001% of the picture changed, at least 0.02% must.",
        "forged": scene.pixels,
        "source": scene.pixels,
        "applied": scene.changed,
        "observed": scene.changed,
    }
    return Quarantined(**(whole | facts))


def test_the_sheet_has_a_section_a_reason_and_takes_what_there_is() -> None:
    plain = [quarantined(number) for number in range(5)]
    odd = [
        quarantined(8, reason="of_a_plugin", detail="word " * 200),
        quarantined(9, source=np.zeros((30, 200, 3), np.uint8), applied=None, observed=None),
        quarantined(7, source=None),
    ]
    sheets = [quarantine_sheet(some) for some in (plain[:2], plain, [*plain, *odd])]
    heights = []
    for sheet in sheets:
        with Image.open(io.BytesIO(sheet)) as image:
            assert image.width == 1600
            heights.append(image.height)
    assert heights == sorted(set(heights))
    assert quarantine_sheet([*plain, *odd]) == quarantine_sheet([*odd, *plain])
    assert quarantine_sheet([]) == b""
    assert len(quarantine_sheet(plain, per_reason=2)) < len(sheets[1])
