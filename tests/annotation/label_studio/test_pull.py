"""Pulling on the fake server: what people do comes back once, changed and deleted included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.label_studio.configuration import Page
from annotation.label_studio.errors import ServerUnreachable
from annotation.label_studio.fake import FakeLabelStudio, Fault
from annotation.label_studio.judgements import judgement
from annotation.label_studio.ledger import FILE, Pushed
from annotation.label_studio.project_key import Kind, ProjectKey
from annotation.label_studio.pull import SEEN, pull
from annotation.label_studio.pulled import FOLDER, read_pulled
from annotation.label_studio.push import Order, push
from annotation.label_studio.status import status
from schemas.attributes import WHOLE
from schemas.recipe.raters import Review
from schemas.vocabulary import Mode, RaterKind, Verdict
from storage.masks import decode_mask
from tests.annotation.label_studio.reviews import (
    HEIGHT,
    WIDTH,
    answer,
    brush,
    choice,
    disc,
    samples,
    text,
)

ORDER = Order("toys", Review(slots=2, preannotated=0.5), Page())
KEY = ProjectKey("toys", Kind.BLIND, 1, 1, "labelling-2-abc")
ANN, BOB = "ann@example.org", "bob@example.org"


def _review(folder: Path, count: int = 6) -> tuple[FakeLabelStudio, list[list[int]]]:
    """A server with `count` samples in two slots, and the task ids of each slot."""
    fake = FakeLabelStudio()
    pushed = push(fake.connect(), folder, samples(count), ORDER)
    return fake, [[task["id"] for task in fake.contents(one.project.id)] for one in pushed]


def _submitted(result: list[dict[str, Any]], *, preannotated: bool = False) -> Any:
    annotation = {
        "id": 7,
        "unique_id": "u7",
        "updated_at": "2026-01-01T00:00:00Z",
        "lead_time": 12.5,
        "result": result,
    }
    sample = Pushed("job-0000", WIDTH, HEIGHT)
    return judgement(annotation, sample, ANN, KEY, preannotated=preannotated)


def test_a_submission_becomes_rows() -> None:
    judged = _submitted(
        [
            *answer("forged", "present"),
            choice("confidence", "fairly sure"),
            choice("edges_cues", "halo"),
            text("edges_rationale", " Ringed  outline. "),
            brush("edges", disc(15, 15), "r1"),
            text("region_reason", "A bright fringe.", "r1"),
            brush("edges", disc(45, 20), "r2"),
            brush("other", disc(30, 30, 5), "r3"),
            text("region_reason", "A smudge.", "r3"),
        ]
    )
    assert judged.problems == ()
    rows = {row.attribute: row for row in judged.rows}
    assert list(rows) == [WHOLE, "lighting", "edges", "texture", "quality", "semantics"]
    whole, edges = rows[WHOLE], rows["edges"]
    assert (whole.verdict, whole.confidence) == (Verdict.PRESENT, 0.75)
    assert whole.rationale == "In the lower middle (x 43–58 %, y 65–88 %): A smudge."
    assert edges.rationale.startswith("Ringed outline. In the middle left (x ")
    assert edges.rationale.endswith("): A bright fringe.")
    assert (edges.verdict, edges.cues, edges.confidence) == (Verdict.PRESENT, ("halo",), None)
    assert edges.mask is not None
    np.testing.assert_array_equal(decode_mask(edges.mask), disc(15, 15) | disc(45, 20))
    assert edges.region is not None
    assert edges.region.x0 == 8 / WIDTH
    for row in judged.rows:
        assert (row.rater, row.rater_kind, row.mode) == (ANN, RaterKind.HUMAN, Mode.BLIND)
        assert (row.seconds, row.prompt_version) == (12.5, KEY.version)
    assert len({row.annotation_id for row in judged.rows}) == 6


@pytest.mark.parametrize(
    ("key", "preannotated", "mode"),
    [
        (KEY, False, Mode.BLIND),
        (KEY, True, Mode.GROUNDED),
        (replace(KEY, masks=False), True, Mode.INFORMED),
        (replace(KEY, kind=Kind.ADJUDICATION), True, Mode.INFORMED),
    ],
)
def test_the_mode_says_what_the_person_saw(key: ProjectKey, preannotated: bool, mode: Mode) -> None:
    annotation = {"id": 1, "updated_at": "x", "result": answer()}
    sample = Pushed("s", WIDTH, HEIGHT)
    judged = judgement(annotation, sample, ANN, key, preannotated=preannotated)
    assert {row.mode for row in judged.rows} == {mode}


def test_whoever_cannot_judge_says_only_that() -> None:
    (row,) = _submitted([choice("whole", "cannot judge")]).rows
    assert (row.attribute, row.verdict) == (WHOLE, Verdict.UNSURE)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
_CONTROLS = st.sampled_from(["whole", "edges", "edges_rationale", "regions", "region_reason"])
_VALUES = st.sampled_from(["choices", "text", "rle", "brushlabels"])
_ENTRIES = st.fixed_dictionaries(
    {"from_name": _CONTROLS, "value": st.dictionaries(_VALUES, _JSON) | _JSON, "id": _JSON}
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_ENTRIES | _JSON, max_size=8) | _JSON)
def test_whatever_comes_back_is_rows_or_problems(result: Any) -> None:
    judged = _submitted(result)
    assert all(isinstance(problem, str) for problem in judged.problems)
    assert all(row.sample_id == "job-0000" for row in judged.rows)


def test_pulling_twice_changes_nothing(tmp_path: Path) -> None:
    fake, (first, second) = _review(tmp_path)
    fake.annotate(first[0], answer(), person=ANN, seconds=20)
    fake.annotate(second[0], answer("authentic", "absent"), person=BOB)
    report = pull(fake.connect(), tmp_path)
    assert (report.added, report.changed, report.deleted, report.rows) == (2, 0, 0, 12)
    before = read_pulled(tmp_path)
    files = sorted((tmp_path / FOLDER).iterdir())
    report = pull(fake.connect(), tmp_path)
    assert (report.added, report.changed, report.deleted, report.rows) == (0, 0, 0, 0)
    (tmp_path / SEEN).unlink()
    assert pull(fake.connect(), tmp_path).rows == 0
    assert sorted((tmp_path / FOLDER).iterdir()) == files
    assert read_pulled(tmp_path) == before
    assert {row.rater for row in before.standing()} == {ANN, BOB}


def test_only_what_changed_is_asked_for(tmp_path: Path) -> None:
    fake, (first, _) = _review(tmp_path)
    fake.annotate(first[0], answer(), person=ANN)
    pull(fake.connect(), tmp_path)
    asked = fake.requests.copy()
    pull(fake.connect(), tmp_path)
    assert not [line for line in (fake.requests - asked) if "export" in line]


def test_a_change_adds_rows_and_keeps_the_old_ones(tmp_path: Path) -> None:
    fake, (first, _) = _review(tmp_path)
    number = fake.annotate(first[0], answer("forged", "present"), person=ANN)
    pull(fake.connect(), tmp_path)
    old = read_pulled(tmp_path).rows
    fake.change(number, [*answer("forged", "absent"), text("edges_rationale", "It is clean.")])
    report = pull(fake.connect(), tmp_path)
    assert (report.added, report.changed, report.deleted, report.rows) == (0, 1, 0, 6)
    pulled = read_pulled(tmp_path)
    assert pulled.rows[: len(old)] == old
    assert len(pulled.rows) == 12
    assert pulled.superseded == {row.annotation_id: "changed" for row in old}
    (edges,) = [row for row in pulled.standing() if row.attribute == "edges"]
    assert (edges.verdict, edges.rationale) == (Verdict.ABSENT, "It is clean.")


@pytest.mark.parametrize("whole_task", [False, True])
def test_a_deletion_leaves_a_tombstone(tmp_path: Path, whole_task: bool) -> None:
    fake, (first, _) = _review(tmp_path)
    number = fake.annotate(first[0], answer(), person=ANN)
    kept = fake.annotate(first[1], answer(), person=ANN)
    pull(fake.connect(), tmp_path)
    if whole_task:
        fake.delete_task(first[0])
    else:
        fake.delete(number)
    report = pull(fake.connect(), tmp_path)
    assert (report.added, report.changed, report.deleted) == (0, 0, 1)
    pulled = read_pulled(tmp_path)
    assert len(pulled.rows) == 12
    assert len(list(pulled.standing())) == 6
    assert set(pulled.superseded.values()) == {"deleted"}
    assert pull(fake.connect(), tmp_path).deleted == 0
    fake.delete(kept)
    fake.annotate(first[1], answer("authentic"), person=ANN)
    report = pull(fake.connect(), tmp_path)
    assert (report.added, report.deleted) == (1, 1)


def test_an_empty_server_takes_nothing_back(tmp_path: Path) -> None:
    fake, (first, _) = _review(tmp_path)
    fake.annotate(first[0], answer(), person=ANN)
    pull(fake.connect(), tmp_path)
    report = pull(FakeLabelStudio().connect(), tmp_path)
    assert report.deleted == 0
    assert len(report.absent) == 1
    assert len(list(read_pulled(tmp_path).standing())) == 6


def test_a_lost_ledger_loses_no_judgement(tmp_path: Path) -> None:
    fake, (first, _) = _review(tmp_path)
    fake.annotate(first[0], answer(), person=ANN)
    (tmp_path / FILE).unlink()
    report = pull(fake.connect(), tmp_path)
    assert report.added == 0
    assert "not in the ledger" in report.problems[0]
    push(fake.connect(), tmp_path, samples(6), ORDER)
    assert pull(fake.connect(), tmp_path).added == 1


@pytest.mark.parametrize("where", ["/export", "GET /api/tasks", "/api/users/"])
def test_a_pull_that_fails_adds_nothing_and_the_next_all(tmp_path: Path, where: str) -> None:
    fake, (first, _) = _review(tmp_path)
    fake.annotate(first[0], answer(), person=ANN)
    fake.faults.append(Fault(where, 503, times=4))
    with pytest.raises(ServerUnreachable):
        pull(fake.connect(), tmp_path)
    assert read_pulled(tmp_path).rows == ()
    fake.faults.append(Fault(where, 503, times=2))
    assert pull(fake.connect(), tmp_path).added == 1


def test_the_status_counts_times_and_agreement(tmp_path: Path) -> None:
    fake, (first, second) = _review(tmp_path)
    in_second = {
        task["data"]["key"]: task["id"]
        for one in fake.connect().projects()[1:]
        for task in fake.contents(one.id)
    }
    in_first = fake.contents(fake.connect().projects()[0].id)
    for index, task in enumerate(in_first[:4]):
        fake.annotate(task["id"], answer(), person=ANN, seconds=10.0 * index)
        whole = "forged" if index < 3 else "cannot judge"
        fake.annotate(in_second[task["data"]["key"]], answer(whole), person=BOB, seconds=5)
    pull(fake.connect(), tmp_path)
    found = status(fake.connect(), tmp_path)
    assert [(one.tasks, one.done) for one in found.projects] == [(6, 4), (6, 4)]
    assert [(one.name, one.tasks, one.seconds, one.unsure) for one in found.people] == [
        (ANN, 4, 15.0, 0),
        (BOB, 4, 5.0, 1),
    ]
    by_attribute = {one.attribute: one for one in found.agreement}
    assert by_attribute[WHOLE].share == 0.75
    assert by_attribute["edges"].share == 1
    assert len(first) == len(second) == 6
