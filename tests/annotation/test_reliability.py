"""Raters are weighed by what they prove to be, and so outvoted by fewer who are better."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from annotation.agreement.votes import Rater, collect
from annotation.consensus import Consensus, agree
from annotation.reliability import LEAST_PICTURES, identified, shares, weigh
from schemas.errors import MissingExtraError
from schemas.vocabulary import RaterKind, Verdict
from tests.annotation.agreement.panel import Simulated, simulate

HUMAN, MLLM, MEASURED = RaterKind.HUMAN, RaterKind.MLLM, RaterKind.MEASURED
QUESTION = ("texture",)

PANELS = {
    "one good among three": (
        0.5,
        (
            Simulated("a", MLLM, 0.95, 0.95),
            Simulated("b", MLLM, 0.65, 0.65),
            Simulated("c", MLLM, 0.6, 0.6),
        ),
    ),
    "two good among five, one answer in three missing": (
        0.5,
        tuple(
            Simulated(name, MLLM, skill, skill, share=2 / 3)
            for name, skill in zip("abcde", (0.92, 0.88, 0.6, 0.58, 0.55), strict=True)
        ),
    ),
    "lenient and strict raters": (
        0.3,
        (
            Simulated("a", MLLM, 0.95, 0.5),
            Simulated("b", MLLM, 0.5, 0.95),
            Simulated("c", MLLM, 0.8, 0.8),
            Simulated("d", MEASURED, 0.9, 0.6),
        ),
    ),
    "one in ten is present": (
        0.1,
        (
            Simulated("a", MLLM, 0.9, 0.95, unsure=0.1),
            Simulated("b", MLLM, 0.7, 0.85),
            Simulated("c", MLLM, 0.6, 0.8),
            Simulated("d", MLLM, 0.55, 0.75),
        ),
    ),
    "one says the opposite": (
        0.5,
        (
            Simulated("a", MLLM, 0.9, 0.9),
            Simulated("b", MLLM, 0.85, 0.85),
            Simulated("c", MLLM, 0.25, 0.25),
            Simulated("d", MLLM, 0.75, 0.75),
        ),
    ),
    "people on one picture in ten": (
        0.4,
        (
            Simulated("anna", HUMAN, 0.95, 0.95, share=0.1),
            Simulated("ben", HUMAN, 0.9, 0.95, share=0.1),
            Simulated("a", MLLM, 0.9, 0.85),
            Simulated("b", MLLM, 0.65, 0.6),
            Simulated("c", MLLM, 0.6, 0.65),
        ),
    ),
}


def accuracy(found: Consensus, truth: dict[tuple[str, str], bool]) -> float:
    """Share of right verdicts about what was voted on; `unsure` is half right."""
    scores = [
        0.5
        if decision.verdict is Verdict.UNSURE
        else float((decision.verdict is Verdict.PRESENT) == truth[sample_id, decision.attribute])
        for sample_id, sample in found.samples.items()
        for decision in sample.decisions
        if decision.rows
    ]
    return float(np.mean(scores))


@pytest.mark.parametrize("name", list(PANELS))
def test_weighing_beats_the_majority_vote(name: str) -> None:
    prevalence, raters = PANELS[name]
    rows, truth = simulate(800, raters, prevalence, seed=4, questions=QUESTION)
    weighed, majority = agree(rows), agree(rows, "majority")
    assert weighed.methods["texture"] == "reliability"
    assert majority.methods["texture"] == "majority"
    assert accuracy(weighed, dict(truth)) > accuracy(majority, dict(truth)) + 0.005


def test_raters_who_are_alike_are_weighed_alike() -> None:
    raters = [Simulated(name, MLLM, 0.8, 0.8) for name in "abc"]
    rows, truth = simulate(800, raters, 0.5, seed=1, questions=QUESTION)
    difference = accuracy(agree(rows), dict(truth)) - accuracy(agree(rows, "majority"), dict(truth))
    assert abs(difference) < 0.005


def test_the_rates_of_raters_are_found() -> None:
    raters = [
        Simulated("a", MLLM, 0.95, 0.9),
        Simulated("b", MLLM, 0.8, 0.6),
        Simulated("c", MLLM, 0.6, 0.85),
        Simulated("d", MEASURED, 0.75, 0.75),
    ]
    rows, truth = simulate(3000, raters, 0.4, seed=2, questions=QUESTION)
    found = weigh(collect(rows), "texture")
    assert found.prevalence == pytest.approx(0.4, abs=0.05)
    by_name = {one.rater.name: one for one in found.raters}
    for rater in raters:
        one = by_name[rater.name]
        assert one.rater == Rater(rater.kind, rater.name)
        assert one.judged == 3000
        assert one.sensitivity == pytest.approx(rater.sensitivity, abs=0.07)
        assert one.specificity == pytest.approx(rater.specificity, abs=0.07)
    # The posterior is calibrated: of verdicts at 80 to 95 percent, about so many are right.
    likely = (found.posterior > 0.8) & (found.posterior < 0.95)
    right = [truth[s, "texture"] for s, p in zip(collect(rows).samples, likely, strict=True) if p]
    assert np.mean(right) == pytest.approx(found.posterior[likely].mean(), abs=0.06)


def test_machines_are_measured_by_people() -> None:
    # Two machines share their mistakes and would have the third for the bad one.
    rows, truth = simulate(
        1200,
        [Simulated("anna", HUMAN, 0.97, 0.97, share=0.5), Simulated("good", MLLM, 0.9, 0.9)],
        questions=QUESTION,
        seed=9,
    )
    copies, _ = simulate(1200, [Simulated("bad", MLLM, 0.6, 0.6)], questions=QUESTION, seed=10)
    told = {s: t for (s, _), t in truth.items()}
    rng = np.random.default_rng(3)
    wrong = {sample: bool(rng.random() < 0.4) for sample in told}
    for name in ("twin", "other"):
        rows += [
            replace(
                row,
                annotation_id=f"{name}-{row.sample_id}",
                rater=name,
                verdict=Verdict.PRESENT
                if told[row.sample_id] != wrong[row.sample_id]
                else Verdict.ABSENT,
            )
            for row in copies
        ]
    found = {one.rater.name: one for one in weigh(collect(rows), "texture").raters}
    assert found["good"].sensitivity > found["twin"].sensitivity + 0.15
    # One person alone is what is supposed of everybody: nobody else says how reliable she is.
    assert (found["anna"].sensitivity, found["anna"].specificity) == (0.8, 0.8)


def test_too_little_to_tell_raters_apart_is_a_majority_vote() -> None:
    two = [Simulated("a", MLLM, 0.9, 0.9), Simulated("b", MLLM, 0.6, 0.6)]
    three = [*two, Simulated("c", MLLM, 0.7, 0.7)]
    for pictures, raters, enough in (
        (1000, two, False),
        (LEAST_PICTURES - 1, three, False),
        (LEAST_PICTURES, three, True),
        (1000, [*two, Simulated("c", HUMAN, 0.9, 0.9, share=0.01)], False),
    ):
        rows, _ = simulate(pictures, raters, questions=QUESTION, seed=5)
        votes = collect(rows)
        assert identified(votes.ballots["texture"]) is enough
        if not enough:
            found = weigh(votes, "texture")
            assert (found.raters, found.prevalence) == ((), None)
            np.testing.assert_array_equal(found.posterior, shares(votes, "texture").posterior)


def test_the_order_of_rows_does_not_matter() -> None:
    rows, _ = simulate(300, PANELS["lenient and strict raters"][1], 0.3, questions=QUESTION)
    rng = np.random.default_rng(0)
    shuffled = [rows[n] for n in rng.permutation(len(rows))]
    assert agree(shuffled + rows[:100]) == agree(rows)


def test_without_crowd_kit_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, _ = simulate(300, PANELS["one says the opposite"][1], questions=QUESTION)
    monkeypatch.setitem(sys.modules, "crowdkit.aggregation.classification.dawid_skene", None)
    with pytest.raises(MissingExtraError, match=r"counterfoil\[annotate\]"):
        agree(rows)
    assert agree(rows, "majority").raters == ()


def test_heavy_libraries_are_imported_late_and_torchvision_never() -> None:
    code = (
        "import sys, annotation.consensus, annotation.agreement, annotation.adjudication\n"
        "assert not {'crowdkit', 'nltk', 'torch'} & set(sys.modules), 'too early'\n"
        "import crowdkit.aggregation.classification.dawid_skene\n"
        "assert not {'torch', 'torchvision', 'transformers'} & set(sys.modules), 'too much'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
