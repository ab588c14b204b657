"""The labelling page, generated from the taxonomy: what is asked, where, and with which key.

The picture stays at the left; everything that is asked stands in one column beside it, in the
order in which one looks: the whole, where, then attribute by attribute. Every answer has a key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree as Xml

from annotation.label_studio.controls import (
    CONFIDENCE_CONTROL,
    CONFIDENCES,
    OTHER_REGION,
    PICTURE,
    REGION_REASON,
    REGIONS,
    WHOLE_CONTROL,
    WHOLE_VERDICTS,
    cues_control,
    rationale_control,
)
from annotation.label_studio.page_style import STYLE
from schemas.attributes import ATTRIBUTES, TAXONOMY_VERSION, Attribute
from schemas.cues import CUES, Cue, cues_of
from schemas.identity import digest
from schemas.vocabulary import Domain, Verdict

# Okabe and Ito's palette (Color Universal Design, 2008), which the colour-blind can tell apart.
_COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#CC79A7")
_OTHER_COLOUR = "#D55E00"
_WHOLE_KEYS = ("z", "x", "c")
_CONFIDENCE_KEYS = ("j", "k", "l")
_PRESENT_KEYS = ("1", "2", "3", "4", "5")
_ABSENT_KEYS = ("a", "s", "d", "f", "g")
_BRUSH_KEYS = ("6", "7", "8", "9", "0")
_OTHER_BRUSH_KEY = "-"
_KEYS_HELP = (
    "A title opens what counts and what does not. Enter ends a text, Ctrl+Enter submits; a key "
    "pressed again takes its answer back."
)
# Label Studio gives a key to every choice without one, and takes those of its brushes for it.
_CUE_KEYS = tuple(f"alt+shift+{letter}" for letter in "qwertyuiopasdfghjklzxcvbnm1234567890")


@dataclass(frozen=True, slots=True)
class Page:
    """What a labelling page asks.

    `families`: the families of cues that are asked about (a recipe's `annotation.cues`), of which
    those are shown that fit any of `domains`. With `adjudication` the page also shows what the
    raters said (`$said` of a task).
    """

    families: tuple[str, ...] = ()
    domains: tuple[Domain, ...] = tuple(Domain)
    adjudication: bool = False

    @property
    def cues(self) -> tuple[Cue, ...]:
        """The cues that it asks about."""
        fitting = {one for domain in self.domains for one in cues_of(self.families, domain)}
        return tuple(cue for cue in CUES if cue in fitting)

    @property
    def version(self) -> str:
        """A short name for what is asked, for projects and rows: "labelling-2-1f0c…".

        How the page is laid out does not enter, so that a nicer one makes no project anew.
        """
        kind = "adjudication" if self.adjudication else "labelling"
        return f"{kind}-{TAXONOMY_VERSION}-{digest(_page(self, style=''))[:8]}"


@cache
def configuration(page: Page) -> str:
    """The XML of a labelling page, for Label Studio."""
    return _page(page, STYLE)


def _page(page: Page, style: str) -> str:
    root = Xml.Element("View")
    Xml.SubElement(root, "Style").text = style
    body = _view(root, "cf-page")
    _picture(_view(body, "cf-picture"))
    column = _view(body, "cf-column")
    _whole(column)
    if page.adjudication:
        said = _panel(column, "What the raters said", opened=True)
        Xml.SubElement(
            _view(said, "cf-said"), "HyperText", name="said", value="$said", inline="true"
        )
    _regions(column)
    judged = _view(
        column,
        "cf-attributes",
        visibleWhen="choice-unselected",
        whenTagName=WHOLE_CONTROL,
        whenChoiceValue="cannot judge",
    )
    for number, attribute in enumerate(ATTRIBUTES):
        cues = [cue for cue in page.cues if cue.attribute == attribute.id]
        _attribute(judged, number, attribute, cues)
    _header(_view(column, "cf-keys"), _KEYS_HELP)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode")


def _view(parent: Xml.Element, name: str, **attributes: str) -> Xml.Element:
    return Xml.SubElement(parent, "View", {"className": name, **attributes})


def _header(parent: Xml.Element, text: str) -> None:
    Xml.SubElement(parent, "Header", value=text, size="5", underline="false")


def _panel(parent: Xml.Element, title: str, *, opened: bool = False) -> Xml.Element:
    collapse = Xml.SubElement(parent, "Collapse", bordered="false", open=str(opened).lower())
    return Xml.SubElement(collapse, "Panel", value=title)


def _choices(
    parent: Xml.Element,
    name: str,
    choices: Iterable[tuple[str, str | None, str | None]],
    **attributes: str,
) -> None:
    """One control of `(value, key, hint)` choices, in a row."""
    given = {"name": name, "toName": PICTURE, "showInline": "true", **attributes}
    control = Xml.SubElement(parent, "Choices", given)
    for value, key, hint in choices:
        choice = Xml.SubElement(control, "Choice", value=value)
        if key is not None:
            choice.set("hotkey", key)
        if hint is not None:
            choice.set("hint", hint)


def _picture(parent: Xml.Element) -> None:
    Xml.SubElement(
        parent,
        "Image",
        name=PICTURE,
        value="$image",
        zoom="true",
        zoomControl="true",
        rotateControl="false",
        brightnessControl="true",
        contrastControl="true",
        smoothing="false",
        maxWidth="100%",
        defaultZoom="fit",
        crosshair="false",
    )


def _whole(parent: Xml.Element) -> None:
    row = _view(parent, "cf-whole")
    line = _view(row, "cf-line")
    _header(line, "The picture is")
    _choices(
        line,
        WHOLE_CONTROL,
        [(value, key, None) for value, key in zip(WHOLE_VERDICTS, _WHOLE_KEYS, strict=True)],
        choice="single-radio",
        required="true",
        requiredMessage="Say whether the picture is forged, authentic, or beyond judging.",
    )
    line = _view(row, "cf-line")
    _header(line, "I am")
    _choices(
        line,
        CONFIDENCE_CONTROL,
        [(value, key, None) for value, key in zip(CONFIDENCES, _CONFIDENCE_KEYS, strict=True)],
        choice="single-radio",
    )


def _regions(parent: Xml.Element) -> None:
    row = _view(parent, "cf-regions")
    _header(row, "Where? Take a brush and paint")
    brushes = Xml.SubElement(
        row, "BrushLabels", name=REGIONS, toName=PICTURE, opacity="0.45", showInline="true"
    )
    for attribute, colour, key in zip(ATTRIBUTES, _COLOURS, _BRUSH_KEYS, strict=True):
        Xml.SubElement(brushes, "Label", value=attribute.id, background=colour, hotkey=key)
    Xml.SubElement(
        brushes, "Label", value=OTHER_REGION, background=_OTHER_COLOUR, hotkey=_OTHER_BRUSH_KEY
    )
    Xml.SubElement(
        row,
        "TextArea",
        name=REGION_REASON,
        toName=PICTURE,
        perRegion="true",
        rows="1",
        maxSubmissions="1",
        editable="true",
        placeholder="What is wrong in this region?",
    )


def _attribute(parent: Xml.Element, number: int, attribute: Attribute, cues: list[Cue]) -> None:
    block = _view(parent, f"cf-attribute cf-{attribute.id}")
    # The title opens what counts and what does not: help stands where one looks for it.
    help_ = _panel(block, attribute.forged)
    for text in (
        attribute.definition,
        *(f"• {cue}" for cue in attribute.cues),
        f"Not this: {attribute.counter_example}",
    ):
        _header(help_, text)
    line = _view(block, "cf-verdict")
    absent = _ABSENT_KEYS[number]
    _choices(
        line,
        attribute.id,
        [
            (Verdict.PRESENT.value, _PRESENT_KEYS[number], None),
            (Verdict.ABSENT.value, absent, None),
            (Verdict.UNSURE.value, f"shift+{absent}", None),
        ],
        choice="single-radio",
        required="true",
        requiredMessage=f"Answer for “{attribute.forged}”: present, absent or unsure.",
    )
    Xml.SubElement(
        block,
        "TextArea",
        name=rationale_control(attribute.id),
        toName=PICTURE,
        rows="1",
        maxSubmissions="1",
        editable="true",
        placeholder="What shows it, and where?",
    )
    if cues:
        control = Xml.SubElement(
            _view(block, "cf-cues"),
            "Choices",
            name=cues_control(attribute.id),
            toName=PICTURE,
            choice="multiple",
            visibleWhen="choice-selected",
            whenTagName=attribute.id,
            whenChoiceValue=f"{Verdict.PRESENT.value},{Verdict.UNSURE.value}",
        )
        for cue in cues:
            key = _CUE_KEYS[CUES.index(cue) % len(_CUE_KEYS)]
            Xml.SubElement(control, "Choice", value=cue.text, alias=cue.id, hotkey=key)
