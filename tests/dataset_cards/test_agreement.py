"""The card says who agrees with whom as the report does, and nothing where nobody was compared."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from annotation.agreement import agreement_report
from dataset_cards.agreement import SUBJECTS, read_agreement
from dataset_cards.agreement_wording import anchored, coefficient, headline, panel_title, spanned
from dataset_cards.card import render_card
from schemas.agreement import Agreement, AgreementReport, Anchoring, Estimate
from schemas.manifest import Manifest
from schemas.vocabulary import RaterKind
from storage.published import PublishedSet
from tests.dataset_cards.made_panel import PANEL, with_panel
from tests.dataset_cards.made_records import made_records

SECTION = "## Who agrees with whom"


def _with(published: PublishedSet, **changes: object) -> PublishedSet:
    return PublishedSet(published.folder, published.manifest.model_copy(update=changes))


def _section(published: PublishedSet) -> str:
    return render_card(published).split(f"{SECTION}\n")[1].split("\n## ")[0]


@pytest.fixture(scope="module")
def view(judged: PublishedSet) -> AgreementReport:
    found = read_agreement(judged.manifest)
    assert found is not None
    return found


def test_the_card_shows_every_panel_and_subject(
    judged: PublishedSet, view: AgreementReport
) -> None:
    section = _section(judged)
    table = section.split("|---|---|---:|---:|---:|---:|---:|\n")[1].split("\n\n")[0]
    shown = [found for found in view.figures if found.slice == "all"]
    assert len(table.splitlines()) == sum(one.about in SUBJECTS for one in shown)
    people = view.find("human/human", "whole")
    assert people is not None
    assert table.startswith("| people among themselves | the picture as a whole | ")
    assert f" | {spanned(people.alpha)} | " in table.splitlines()[0]
    assert "| Irregular Image Edges |" in section
    assert section.count("not compared |") == 2, "the measured rater says nothing of semantics"
    assert "](figures/agreement.png)" in section


def test_the_card_folds_away_what_is_long(judged: PublishedSet, view: AgreementReport) -> None:
    folded = re.findall(
        r"<details>\n<summary>(.*?)</summary>\n\n(.*?)\n\n</details>\n\n", _section(judged), re.S
    )
    assert [title for title, _ in folded] == [
        "By generator",
        "By operation",
        "Rater by rater: Cohen's kappa",
    ]
    for generator in view.values("generator"):
        assert f"| `{generator}` | people among themselves |" in folded[0][1]
    assert "| copy-move | people among themselves |" in folded[1][1]
    assert "| `ada` | `ben@example.org` | the picture as a whole |" in folded[2][1]


def test_the_card_shows_masks_anchoring_and_unsure_answers(judged: PublishedSet) -> None:
    section = _section(judged)
    assert re.search(r"\| people among themselves \| \d+ \| \d+ \| 0\.9\d \[", section)
    assert "**Anchoring.** A machine's judgement equals " in section
    assert re.search(r"\| `ben@example.org` \| human \| 1\d% \|", section)
    assert re.search(r"\| `measured` \| measured \| 2\d% \|", section)


@pytest.mark.parametrize("name", ["made", "judged"])
def test_without_two_raters_there_is_no_section(name: str, request: pytest.FixtureRequest) -> None:
    published = request.getfixturevalue(name)
    rows = [row for _, record in made_records() for row in record.annotations]
    alone = agreement_report(rows, resamples=10)
    for report in (None, alone):
        card = render_card(_with(published, agreement=report))
        assert SECTION not in card
        assert "figures/agreement.png" not in card


def test_masks_alone_are_shown(judged: PublishedSet) -> None:
    report = judged.manifest.agreement
    assert report is not None
    bare = replace(report, figures=(), pairs=(), anchoring=None)
    section = _section(_with(judged, agreement=bare))
    assert section.startswith("\nNo two raters could be compared by their verdicts")
    assert "intersection over union" in section
    assert "figures/agreement.png" not in section
    assert "Alpha by attribute" not in section


def test_names_of_raters_cannot_break_a_table(judged: PublishedSet) -> None:
    report = judged.manifest.agreement
    assert report is not None
    first, *others = report.pairs
    report = replace(report, pairs=(replace(first, first="a|b` <i>\nc"), *others))
    assert r"| `a\|b' <i> c` |" in _section(_with(judged, agreement=report))


def _view(*compared: Agreement, **changes: Any) -> AgreementReport:
    return replace(AgreementReport(200, 0, compared, (), 0, (), None, {}), **changes)


def _compared(
    between: str, alpha: float | None, about: str = "whole", raters: int = 2, pictures: int = 40
) -> Agreement:
    interval = None if alpha is None else Estimate(alpha, alpha - 0.1, alpha + 0.1)
    found = (pictures, 2 * pictures, raters, Estimate(0.9, 0.8, 1.0), interval, None, None)
    return Agreement(between, about, "all", "", *found)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (
            _view(_compared("all/all", 0.5, raters=6), _compared("human/human", 0.85)),
            "**Krippendorff's alpha of people among themselves is 0.85** (95% interval 0.75 to "
            "0.95) on the picture as a whole, over 40 pictures that both judged. Krippendorff asks "
            "for 0.8 or more before conclusions are drawn: it is reached.",
        ),
        (
            _view(_compared("all/all", 0.7, raters=3, pictures=1), unsure={"human:ada": 0.0}),
            "**Krippendorff's alpha of all raters together is 0.70** (95% interval 0.60 to 0.80) "
            "on the picture as a whole, over 1 picture that at least two of 3 judged. That is "
            "between 0.667 and 0.8, where Krippendorff allows tentative conclusions alone. No "
            "picture was judged by two people, so people's own agreement is not known.",
        ),
        (
            _view(_compared("human/human", None, "attributes"), _compared("all/all", 0.3)),
            "**Krippendorff's alpha of people among themselves is not defined** on the five "
            "attributes: all judgements over 40 pictures that both judged are equal, and where "
            "nothing varies there is no chance to take off.",
        ),
    ],
)
def test_the_headline(view: AgreementReport, expected: str) -> None:
    assert headline(view) == expected


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (Estimate(0.09, 0.04, 0.14), "9.0 percentage points (95% interval 4.0 to 14.0). People le"),
        (Estimate(0.02, -0.03, 0.07), "−3.0 to 7.0). The interval holds zero"),
        (Estimate(-0.1, -0.2, -0.01), "People who saw what machines say contradicted them more"),
        (None, "is not defined"),
    ],
)
def test_what_the_anchoring_effect_means(effect: Estimate | None, expected: str) -> None:
    primed, unprimed = Estimate(0.8, 0.7, 0.9), Estimate(0.7, 0.6, 0.8)
    assert expected in anchored(Anchoring(30, 90, 120, primed, unprimed, effect, None, None, None))


def test_coefficients_and_panels_in_words() -> None:
    assert [coefficient(value) for value in (0.705, 1.0, -0.004)] == ["0.70", "1.00", "0.00"]
    assert spanned(None) == "undefined"
    assert panel_title("mllm/human") == "models and people"
    assert panel_title("measured/mllm") == "measured rater and models"
    assert panel_title("all/all") == "all raters"


def test_machines_alone_are_compared_without_people(made: PublishedSet) -> None:
    machines = [one for one in PANEL if one.kind is RaterKind.MLLM]
    records = with_panel([record for _, record in made_records()], machines)
    rows = [row for record in records for row in record.annotations]
    report = agreement_report(rows, resamples=20)
    section = _section(_with(made, agreement=report))
    assert section.startswith("\n**Krippendorff's alpha of all raters together is ")
    assert "people among themselves" not in section
    assert "Anchoring" not in section
    assert "intersection over union" not in section


def test_a_manifest_without_agreement_is_still_read(made: PublishedSet) -> None:
    data = made.manifest.model_dump(mode="json", exclude={"agreement", "texts"})
    assert read_agreement(Manifest.model_validate(data)) is None
