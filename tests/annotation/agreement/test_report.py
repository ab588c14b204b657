"""The agreement report: who is compared with whom, on what, and how sure the figures are."""

from __future__ import annotations

import json
from dataclasses import replace

import krippendorff
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import cohen_kappa_score

from annotation.agreement import agreement_report
from annotation.agreement.bootstrap import resample
from annotation.agreement.masks import overlap
from annotation.agreement.votes import QUESTIONS, collect
from schemas.agreement import AgreementReport
from schemas.annotation import Annotation
from schemas.errors import DatasetError
from schemas.vocabulary import Mode, RaterKind, Verdict
from storage.masks import encode_mask
from tests.annotation.agreement.panel import Simulated, simulate, vote

HUMAN, MLLM, MEASURED = RaterKind.HUMAN, RaterKind.MLLM, RaterKind.MEASURED
RATERS = (
    Simulated("anna", HUMAN, 0.9, 0.9, share=0.6, unsure=0.1),
    Simulated("ben", HUMAN, 0.85, 0.8, share=0.6),
    Simulated("gpt", MLLM, 0.7, 0.9),
    Simulated("qwen", MLLM, 0.8, 0.6, unsure=0.2),
    Simulated("measured", MEASURED, 0.6, 0.9),
)
ROWS, _ = simulate(120, RATERS, prevalence=0.4, seed=3)


def matrix(rows: list[Annotation], raters: list[str], question: str) -> npt.NDArray[np.float64]:
    """Raters by samples: 1 present, 0 absent, nan for no vote."""
    samples = sorted({row.sample_id for row in rows})
    values = np.full((len(raters), len(samples)), np.nan)
    for row in rows:
        if row.attribute == question and row.rater in raters and row.verdict is not Verdict.UNSURE:
            cell = raters.index(row.rater), samples.index(row.sample_id)
            values[cell] = row.verdict is Verdict.PRESENT
    return values


def test_alpha_within_a_panel_is_the_library_s() -> None:
    report = agreement_report(ROWS, resamples=50)
    for between, raters in (
        ("human/human", ["anna", "ben"]),
        ("mllm/mllm", ["gpt", "qwen"]),
        ("all/all", [rater.name for rater in RATERS]),
    ):
        for question in QUESTIONS:
            figure = report.find(between, question)
            assert figure is not None
            assert figure.alpha is not None
            library = krippendorff.alpha(
                matrix(ROWS, raters, question), level_of_measurement="nominal"
            )
            assert figure.alpha.value == pytest.approx(float(library), abs=1e-6)
            assert figure.alpha.low < figure.alpha.value < figure.alpha.high
            assert figure.raters == len(raters)


def test_alpha_across_two_raters_is_the_library_s() -> None:
    rows = [row for row in ROWS if row.rater in {"anna", "gpt"}]
    figure = agreement_report(rows, resamples=20).find("mllm/human", "texture")
    assert figure is not None
    assert figure.alpha is not None
    values = matrix(rows, ["anna", "gpt"], "texture")
    library = krippendorff.alpha(values, level_of_measurement="nominal")
    assert figure.alpha.value == pytest.approx(float(library), abs=1e-6)
    both = ~np.isnan(values).any(axis=0)
    assert figure.pictures == both.sum()
    assert figure.judgements == 2 * both.sum()
    assert figure.agreement is not None
    shares = values[0, both] == values[1, both]
    assert figure.agreement.value == pytest.approx(shares.mean(), abs=1e-6)


def test_cohens_kappa_of_pairs_is_the_library_s() -> None:
    report = agreement_report(ROWS, resamples=20)
    (pair,) = (
        p for p in report.pairs if {p.first, p.second} == {"gpt", "qwen"} and p.about == "whole"
    )
    values = matrix(ROWS, ["gpt", "qwen"], "whole")
    both = ~np.isnan(values).any(axis=0)
    library = cohen_kappa_score(values[0, both], values[1, both])
    assert pair.kappa is not None
    assert pair.kappa.value == pytest.approx(library, abs=1e-6)
    assert (pair.between, pair.pictures) == ("mllm/mllm", both.sum())


def test_equal_rows_in_any_order_give_equal_reports_that_survive_json() -> None:
    groups = {
        "generator": {row.sample_id: "a" if row.sample_id < "s00006" else "b" for row in ROWS}
    }
    report = agreement_report(ROWS, groups, resamples=30)
    rng = np.random.default_rng(0)
    shuffled = [ROWS[n] for n in rng.permutation(len(ROWS))]
    again = agreement_report(shuffled + ROWS[:50], groups, resamples=30)
    assert again.to_json() == report.to_json()
    assert AgreementReport.from_json(report.to_json()) == report
    assert "NaN" not in report.to_json()
    assert json.loads(report.to_json())["unsure"]["mllm:qwen"] == pytest.approx(0.2, abs=0.05)


def test_slices_hold_the_pictures_of_their_group() -> None:
    groups = {"operation": {f"s{n:06d}": "splice" for n in range(50)}}
    figure = agreement_report(ROWS, groups, resamples=10).find(
        "mllm/mllm", "whole", "operation", "splice"
    )
    rows = [row for row in ROWS if row.sample_id < "s000050"]
    alone = agreement_report(rows, resamples=10).find("mllm/mllm", "whole")
    assert figure is not None
    assert alone is not None
    assert figure.alpha is not None
    assert alone.alpha is not None
    assert figure.alpha.value == alone.alpha.value
    assert figure.pictures == alone.pictures


def test_questions_of_differing_base_rates_lend_one_another_no_agreement() -> None:
    # Two raters answer by the base rate alone: always nearly equal answers, and none by seeing.
    rng = np.random.default_rng(1)
    rows = []
    for question, rate in (("lighting", 0.95), ("edges", 0.05)):
        for rater in ("gpt", "qwen"):
            for n, present in enumerate(rng.random(400) < rate):
                verdict = Verdict.PRESENT if present else Verdict.ABSENT
                rows.append(vote(f"s{n:03d}", rater, MLLM, question, verdict))
    figure = agreement_report(rows, resamples=20).find("mllm/mllm", "attributes")
    assert figure is not None
    assert figure.alpha is not None
    assert figure.agreement is not None
    assert figure.agreement.value > 0.88
    assert abs(figure.alpha.value) < 0.1


def test_no_variation_leaves_alpha_undefined_and_agreement_whole() -> None:
    rows = [vote(f"s{n}", r, HUMAN, "edges", Verdict.ABSENT) for n in range(5) for r in "ab"]
    figure = agreement_report(rows, resamples=10).find("human/human", "edges")
    assert figure is not None
    assert figure.alpha is None
    assert figure.fleiss is None
    assert figure.agreement is not None
    assert figure.agreement.value == 1.0


def test_votes_that_do_not_count() -> None:
    rows = [
        vote("s", "a", HUMAN, "edges", Verdict.PRESENT),
        vote("s", "a", HUMAN, "edges", Verdict.ABSENT, suffix="-2"),
        vote("s", "b", MLLM, "whole", Verdict.PRESENT, mode=Mode.INFORMED),
        vote("s", "c", MLLM, "edges", Verdict.UNSURE),
    ]
    votes = collect(rows)
    assert all(len(ballot.sample) == 0 for ballot in votes.ballots.values())
    kept = collect(rows, superseded={rows[0].annotation_id})
    assert kept.ballots["edges"].present.tolist() == [False]
    with pytest.raises(ValueError, match="no such attribute"):
        collect([replace(rows[0], attribute="smell")])


def test_no_rows_give_an_empty_report() -> None:
    report = agreement_report([])
    assert [*report.figures, *report.pairs, *report.masks] == []
    assert AgreementReport.from_json(report.to_json()) == report


def test_resamples_are_those_of_drawing_pictures() -> None:
    rng = np.random.default_rng(2)
    few = rng.integers(0, 2, size=(400, 2)).astype(float)
    many = few + rng.random((400, 1)) * 1e-9
    for columns in (few, many):  # The two ways to draw.
        sums = resample(columns, 4000, seed=5)
        np.testing.assert_allclose(sums[0], columns.sum(axis=0))
        drawn = columns[columns.any(axis=1)]
        np.testing.assert_allclose(sums[1:].mean(axis=0), sums[0], rtol=0.01)
        expected = drawn.std(axis=0) * np.sqrt(len(drawn))
        np.testing.assert_allclose(sums[1:].std(axis=0), expected, rtol=0.06)
    assert (resample(few, 10, seed=1) == resample(few, 10, seed=1)).all()


def painted(rater: str, kind: RaterKind, columns: slice, side: int = 8) -> Annotation:
    mask = np.zeros((side, side), dtype=np.bool_)
    mask[:, columns] = True
    row = vote("s", rater, kind, "edges", Verdict.PRESENT, suffix=str(columns))
    return replace(row, mask=encode_mask(mask))


def test_masks_of_a_rater_are_taken_together_and_compared() -> None:
    rows = [
        painted("anna", HUMAN, slice(0, 2)),
        painted("anna", HUMAN, slice(2, 4)),
        painted("ben", HUMAN, slice(2, 6)),
        painted("cleo", HUMAN, slice(0, 0)),
        painted("gpt", MLLM, slice(0, 4)),
    ]
    first, second = agreement_report(rows, resamples=10).masks
    assert (first.between, first.pictures, first.pairs) == ("human/human", 1, 1)
    assert first.iou is not None
    assert first.dice is not None
    assert first.iou.value == pytest.approx(1 / 3, abs=1e-6)
    assert first.dice.value == pytest.approx(1 / 2, abs=1e-6)
    assert second.between == "mllm/human"
    assert second.iou is not None
    assert second.iou.value == pytest.approx((1 + 1 / 3) / 2, abs=1e-6)
    with pytest.raises(DatasetError, match="in size"):
        agreement_report([*rows, painted("dora", HUMAN, slice(0, 2), side=9)], resamples=10)


def test_overlap_of_empty_masks() -> None:
    empty = np.zeros((3, 3), dtype=np.bool_)
    assert overlap(empty, empty) == (1.0, 1.0)
    assert overlap(empty, ~empty) == (0.0, 0.0)


@pytest.mark.parametrize("leaning", [0.0, 0.5])
def test_anchoring_is_found_where_it_is(leaning: float) -> None:
    rng = np.random.default_rng(11)
    rows, primed = [], set()
    for n in range(600):
        machine, truth = rng.random(2) < 0.5
        rows.append(vote(f"s{n:03d}", "gpt", MLLM, "whole", _said(machine)))
        for person in ("anna", "ben"):
            seen = bool(rng.random() < 0.5)
            said = machine if seen and rng.random() < leaning else truth == (rng.random() < 0.9)
            row = vote(f"s{n:03d}", person, HUMAN, "whole", _said(bool(said)))
            rows.append(row)
            if seen:
                primed.add(row.annotation_id)
    report = agreement_report(rows, primed=primed, resamples=300)
    found = report.anchoring
    assert found is not None
    assert found.effect is not None
    assert found.alpha_effect is not None
    assert found.primed_judgements == len(primed)
    assert found.unprimed_judgements == 1200 - len(primed)
    # Without leaning, half agree by chance; whoever leans agrees for sure.
    assert found.effect.low < leaning / 2 < found.effect.high
    assert (found.effect.low > 0) is (leaning > 0)
    assert (found.alpha_effect.low > 0) is (leaning > 0)
    # Whoever saw what a machine says is in no other figure.
    people = report.find("mllm/human", "whole")
    assert people is not None
    assert people.alpha is not None
    assert people.alpha.low < 0 < people.alpha.high
    assert agreement_report(rows, resamples=10).anchoring is None
    everybody = {row.annotation_id for row in rows if row.rater_kind is HUMAN}
    assert agreement_report(rows, primed=everybody, resamples=10).anchoring is None


def _said(present: bool) -> Verdict:
    return Verdict.PRESENT if present else Verdict.ABSENT
