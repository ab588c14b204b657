"""Renders judgements as a chain of thought in MMFR's four tags, and reads such a text back.

MMFR (arXiv 2503.21210) drops the attributes' names in this text, so that its structure is lost;
here every finding opens with the name of its pole, and `parse` is the exact inverse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from annotation.leak_lint import leaks
from schemas.annotation import Annotation, TextChecks
from schemas.attributes import ATTRIBUTES, ATTRIBUTES_BY_ID
from schemas.errors import DatasetError
from schemas.record import AttributeConsensus
from schemas.vocabulary import Label, RaterKind, Support, Verdict

SUMMARY = (
    "I look at the light, the edges, the texture and the quality of the image, then at whether "
    "what it shows makes sense, and conclude whether it is real or fake."
)
_NOTHING = {
    ("low", Label.FAKE): "Nothing out of the ordinary was established.",
    ("low", Label.REAL): "No low-level attribute could be confirmed as ordinary.",
    ("high", Label.FAKE): "Nothing was established about the logic of the scene.",
    ("high", Label.REAL): "Nothing was established about the logic of the scene.",
}
OPENINGS = {
    "low": "From low-level perspective: ",
    "high": "From high-level perspective: ",
}
_POLES = {
    (attribute.id, label): attribute.forged if label is Label.FAKE else attribute.authentic
    for attribute in ATTRIBUTES
    for label in Label
}
_RATER_ORDER = {RaterKind.HUMAN: 0, RaterKind.MLLM: 1, RaterKind.MEASURED: 2}
_DOCUMENT = re.compile(
    r"<SUMMARY>([^<>]*)</SUMMARY><CAPTION>([^<>]*)</CAPTION>"
    rf"<REASONING>{OPENINGS['low']}([^<>]*?) {OPENINGS['high']}([^<>]*)</REASONING>"
    r"<CONCLUSION>This image is (real|fake)\.</CONCLUSION>"
)
_NAMES = sorted({*_POLES.values(), *(opening[:-2] for opening in OPENINGS.values())})
_MARKER = re.compile(rf"({'|'.join(map(re.escape, _NAMES))}):")
_HEADING = re.compile(rf"(?:^| )({'|'.join(map(re.escape, sorted(set(_POLES.values()))))}): ")
_ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&#58;": ":"}
_ENTITY = re.compile("|".join(map(re.escape, _ESCAPES)))


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence or more about one attribute, at the pole that the label names."""

    attribute: str
    text: str


@dataclass(frozen=True, slots=True)
class ParsedChain:
    """A chain of thought as data."""

    caption: str
    findings: tuple[Finding, ...]
    label: Label

    def compose(self) -> str:
        """The text in MMFR's tags; `parse` gives back an equal chain."""
        levels = " ".join(OPENINGS[level] + self._level(level) for level in OPENINGS)
        return (
            f"<SUMMARY>{SUMMARY}</SUMMARY><CAPTION>{_escape(self.caption)}</CAPTION>"
            f"<REASONING>{levels}</REASONING>"
            f"<CONCLUSION>This image is {self.label.value}.</CONCLUSION>"
        )

    def _level(self, level: str) -> str:
        said = " ".join(
            f"{_POLES[finding.attribute, self.label]}: {_escape(finding.text)}"
            for finding in self.findings
            if ATTRIBUTES_BY_ID[finding.attribute].level == level
        )
        return said or self.silence(level)

    def silence(self, level: str) -> str:
        """What stands for a level, "low" or "high", of which there is no finding."""
        return _NOTHING[level, self.label]


def render(
    label: Label,
    caption: str,
    rows: Sequence[Annotation],
    consensus: Sequence[AttributeConsensus],
) -> str:
    """The chain of thought of one picture.

    For a fake, the attributes that the consensus calls present, each in the words of one of its
    rows; for a real picture those it calls absent, under their authentic pole. Of several rows a
    human's comes before a model's and a model's before the measured; but a rationale in which
    `leak_lint` or its checks found something comes after all others, whoever wrote it. Where there
    is no such attribute, the text says so. Rows and consensus about the picture as a whole are
    passed over: the conclusion is the label. Runs of white space become one space. Raises
    `ValueError` for an empty caption.
    """
    caption = " ".join(caption.split())
    if not caption:
        raise ValueError("the caption is empty; pass what is known of the picture's content")
    wanted = Verdict.PRESENT if label is Label.FAKE else Verdict.ABSENT
    agreed = {one.attribute: one.rows for one in consensus if one.verdict is wanted}
    findings = []
    for attribute in ATTRIBUTES_BY_ID:
        texts = [
            _preference(row)
            for row in rows
            if row.attribute == attribute
            and row.annotation_id in agreed.get(attribute, ())
            and row.verdict is wanted
            and row.rationale.strip()
        ]
        if texts:
            findings.append(Finding(attribute, min(texts)[-1]))
    return ParsedChain(caption, tuple(findings), label).compose()


def parse(text: str) -> ParsedChain:
    """The inverse of `render`. Raises `DatasetError` for any other text."""
    match = _DOCUMENT.fullmatch(text)
    if match is None:
        raise DatasetError(
            "this is no chain of thought: expected the tags SUMMARY, CAPTION, REASONING and "
            f"CONCLUSION, each once and in this order, in {text[:80]!r}"
        )
    label = Label(match[5])
    attributes = {_POLES[one.id, label]: one.id for one in ATTRIBUTES}
    findings = []
    for body in (match[3], match[4]):
        pieces = _HEADING.split(body)[1:]
        for name, said in zip(pieces[::2], pieces[1::2], strict=True):
            if name in attributes:
                findings.append(Finding(attributes[name], _unescape(said)))
    chain = ParsedChain(_unescape(match[2]), tuple(findings), label)
    if chain.compose() != text:
        raise DatasetError(
            "this chain of thought has the four tags but not the wording that is written here; "
            "render it again from its annotations"
        )
    return chain


def _preference(row: Annotation) -> tuple[int, int, str, str]:
    kind = _RATER_ORDER[row.rater_kind]
    return _flaw(row), kind, row.annotation_id, " ".join(row.rationale.split())


def _flaw(row: Annotation) -> int:
    """How little a rationale is worth: 0 for a sound one, 1 for an empty phrase, 2 for a wrong one.

    What another model says of it while it sees another picture is counted too: a text that any
    picture bears out says nothing about this one.
    """
    checks = row.checks or TextChecks()
    if checks.contradiction or checks.leaks or leaks(row.rationale):
        return 2
    hollow = checks.judged is Support.UNSUPPORTED or checks.swapped is Support.SUPPORTED
    return int(checks.boilerplate or hollow)


def _escape(text: str) -> str:
    """Escape angle brackets, and colons where they would look like a heading of ours.

    An ampersand is escaped only where it would otherwise read as one of these escapes.
    """
    text = _ENTITY.sub(lambda match: "&amp;" + match[0][1:], text)
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    return _MARKER.sub(r"\1&#58;", text)


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda match: _ESCAPES[match[0]], text)
