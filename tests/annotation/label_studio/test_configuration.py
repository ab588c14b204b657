"""The labelling page: Label Studio's own reader takes it, and every answer has a key."""

from __future__ import annotations

from collections import Counter
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from label_studio_sdk.label_interface.interface import LabelInterface

from annotation.label_studio.configuration import Page, configuration
from schemas.attributes import ATTRIBUTES
from schemas.cues import CUE_FAMILIES, CUES_BY_ID
from schemas.vocabulary import Domain

PAGES = [
    Page(),
    Page(CUE_FAMILIES),
    Page(("text",), (Domain.DOCUMENT,)),
    Page(adjudication=True),
]


@pytest.mark.parametrize("page", PAGES)
def test_label_studio_takes_the_page(page: Page) -> None:
    # Its methods are untyped.
    interface: Any = LabelInterface(configuration(page))
    interface.validate()
    names = {name for name, _ in interface._controls.items()}
    expected = {"regions", "region_reason", "whole", "confidence"}
    for attribute in ATTRIBUTES:
        expected |= {attribute.id, f"{attribute.id}_rationale"}
        if any(cue.attribute == attribute.id for cue in page.cues):
            expected.add(f"{attribute.id}_cues")
    assert names == expected
    assert ('value="$said"' in configuration(page)) == page.adjudication


@pytest.mark.parametrize("page", PAGES)
def test_no_two_answers_have_one_key(page: Page) -> None:
    root = Xml.fromstring(configuration(page))
    keys = Counter(one.get("hotkey") for one in root.iter() if one.get("hotkey"))
    assert set(keys.values()) == {1}
    for control in ("whole", "confidence", *(one.id for one in ATTRIBUTES)):
        (choices,) = [one for one in root.iter("Choices") if one.get("name") == control]
        assert all(choice.get("hotkey") for choice in choices)
    # These belong to Label Studio's brush, eraser, selection, hand and zoom.
    assert not set("bevhu") & set(keys)


def test_every_definition_cue_and_counter_example_is_on_the_page() -> None:
    shown = {one.get("value") for one in Xml.fromstring(configuration(Page())).iter()}
    for attribute in ATTRIBUTES:
        assert attribute.forged in shown
        assert attribute.definition in shown
        assert f"Not this: {attribute.counter_example}" in shown
        assert {f"• {cue}" for cue in attribute.cues} <= shown


def test_cues_are_asked_about_where_a_recipe_switches_them_on() -> None:
    assert Page().cues == ()
    page = Page(("text",), (Domain.DOCUMENT,))
    assert {cue.family for cue in page.cues} == {"text"}
    aliases = {one.get("alias") for one in Xml.fromstring(configuration(page)).iter("Choice")}
    assert {cue.id for cue in page.cues} <= aliases
    assert "type_mismatch" not in {cue.id for cue in Page(("text",), (Domain.NATURAL,)).cues}
    assert CUES_BY_ID["type_mismatch"] in Page(("text",), tuple(Domain)).cues


def test_another_question_is_another_version() -> None:
    versions = {page.version for page in PAGES}
    assert len(versions) == len(PAGES)
    assert Page().version == Page().version
