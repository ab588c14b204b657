"""The page of an audit stands alone, says the verdict first, and lets nothing in from the data."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from dataset_cards.shortcut_drawings import distribution
from dataset_cards.shortcut_report import render_shortcut_report
from schemas.shortcuts import (
    AuditedSet,
    AuditReport,
    Bars,
    Estimate,
    Extreme,
    Family,
    FamilyAuc,
    FeatureAuc,
    Finding,
    Slice,
    UnreadFile,
)

BARS = Bars(names=("95", "96", "no JPEG"), real=(0.0, 1.0, 0.0), fake=(0.9, 0.0, 0.1))
ESTIMATE = Estimate(auc=0.97, low=0.94, high=0.99, null=0.56, p_value=0.0)


def made(**changes: object) -> AuditReport:
    finding = Finding(
        feature="quality",
        title="JPEG quality",
        family=Family.ENCODING,
        auc=0.99,
        low=0.98,
        high=1.0,
        direction="lower in fakes",
        real="96",
        fake="95 (90%)",
        bars=BARS,
        also=("quantisation tables",),
        remedy="Encode both with `codec.policy: jpeg`.",
    )
    report = AuditReport(
        auc=0.97,
        low=0.94,
        high=0.99,
        null=0.56,
        p_value=0.0,
        classifier="gradient-boosted trees",
        classifiers=(("logistic regression", 0.95), ("gradient-boosted trees", 0.97)),
        features=(FeatureAuc(name="quality", auc=0.99, family=Family.ENCODING),),
        findings=(finding,),
        families=(
            FamilyAuc(family=Family.ENCODING, features=3, auc=0.97, without=0.51),
            FamilyAuc(family=Family.CONTAINER, features=0, auc=None),
            FamilyAuc(family=Family.COLOUR, features=10, auc=0.55),
        ),
        statistics=ESTIMATE.model_copy(update={"auc": 0.55, "low": 0.5, "high": 0.6}),
        slices=(
            Slice(kind="domain", name="natural", real=90, fake=90, groups=40, estimate=ESTIMATE),
            Slice(
                kind="generator", name="few", real=90, fake=3, groups=9, estimate=None, note="Few."
            ),
        ),
        extremes=(Extreme(key="fake/1.jpg", label="fake", score=0.999),),
        n_rows=2_400,
        n_used=2_000,
        n_fake=1_200,
        n_groups=800,
    )
    return report.model_copy(update=changes)


AUDITED = AuditedSet(
    name="a <b>bold</b> set",
    n_unread=1,
    unread=(UnreadFile(key="<script>x</script>.jpg", reason="broken: & cut off"),),
)


class Seen(HTMLParser):
    """Which tags stand open, and what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing() -> None:
    page = render_shortcut_report(made(), AUDITED)
    seen = Seen()
    seen.feed(page)
    assert seen.open == []
    assert seen.loads == []
    assert "http" not in page
    assert "url(" not in page
    assert len(page) < 60_000
    assert page == render_shortcut_report(made(), AUDITED)


def test_names_from_the_data_are_harmless() -> None:
    page = render_shortcut_report(made(), AUDITED)
    assert "<script" not in page
    assert "a &lt;b&gt;bold&lt;/b&gt; set" in page
    assert "broken: &amp; cut off" in page


def test_all_that_was_found_is_told() -> None:
    page = render_shortcut_report(made(), AUDITED)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<body>")[2]))
    for words in (
        "tells real from fake very well: its AUC is 0.97",
        "Most of all by its JPEG quality: real 96, fake 95 (90%).",
        "1,200 real pictures",
        "Tells the same: quantisation tables.",
        "Few.",
        "alike in all files",
        "fake/1.jpg",
        "2,000 of 2,400 rows",
    ):
        assert words in text, words
    assert "<code>codec.policy: jpeg</code>" in page
    assert "`" not in text


@pytest.mark.parametrize(
    ("changes", "word", "sentence"),
    [
        ({}, "Refused", "never sees a picture"),
        ({"auc": 0.51, "findings": ()}, "Passed", "no more than chance"),
        ({"auc": 0.58, "findings": ()}, "Passed", "tells a little"),
        ({"auc": 0.63, "null": 0.7, "findings": ()}, "Not settled", "more pictures would tell"),
        ({"auc": 0.5, "note": "All files are alike."}, "Nothing to measure", "All files are alike"),
        ({"statistics": None, "slices": (), "extremes": ()}, "Refused", "never sees a picture"),
    ],
)
def test_the_verdict_comes_first(changes: dict[str, object], word: str, sentence: str) -> None:
    page = render_shortcut_report(made(**changes), AuditedSet(name="set"))
    seen = Seen()
    seen.feed(page)
    verdict = page.partition('<div class="verdict')[2].partition("</div>")[0]
    assert f">{word}<" in verdict
    assert sentence in verdict
    assert f"<title>{word}" in page


def test_bars_are_drawn_to_scale() -> None:
    drawn = ElementTree.fromstring(distribution(BARS))
    heights = {
        kind: [
            float(one.attrib["height"]) for one in drawn.iter("rect") if one.get("class") == kind
        ]
        for kind in ("real", "fake")
    }
    assert heights["real"][0] == heights["real"][2] == 0
    assert heights["fake"][0] == pytest.approx(0.9 * heights["real"][1], abs=0.1)
    assert [one.text for one in drawn.iter("text")] == ["95", "96", "no JPEG"]
    many = Bars(
        names=(*(f"{n} to {n + 1}" for n in range(14)), "no trace"),
        real=(0.1,) * 10 + (0.0,) * 5,
        fake=(0.0,) * 14 + (1.0,),
    )
    names = [one.text for one in ElementTree.fromstring(distribution(many)).iter("text")]
    assert names == ["0", None, "no trace"]
    empty = Bars(names=(), real=(), fake=())
    assert ElementTree.fromstring(distribution(empty)) is not None
