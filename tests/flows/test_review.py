"""What people say of a set comes back into it: pushed, judged, pulled, weighed, published."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from annotation.label_studio.errors import ReviewError
from annotation.label_studio.fake import FakeLabelStudio
from annotation.label_studio.pull import pull
from flows.review import TOKEN, URL, open_review, push_review, server_of
from flows.run import Run, start_run
from flows.stages.judging.people import read_people, review_folder
from schemas.attributes import WHOLE
from schemas.recipe.raters import Review
from storage.published import open_published
from tests.annotation.label_studio.reviews import answer
from tests.flows.small import build_plainly

ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture
def copy(built: Run, tmp_path: Path) -> Run:
    """A copy of the shared build, of which people judge eight pictures."""
    shutil.copytree(Path(built.folder.path), tmp_path / "small")
    review = Review(slots=2, tasks=8)
    annotation = built.recipe.annotation.model_copy(update={"review": review})
    recipe = built.recipe.model_copy(update={"annotation": annotation})
    return start_run(str(tmp_path / "small"), recipe)


def notes(run: Run, rater: str) -> list[dict[str, Any]]:
    rows = open_published(str(run.folder)).table(["sample_id", "annotations"]).to_pylist()
    return [
        note | {"sample_id": row["sample_id"]}
        for row in rows
        for note in row["annotations"]
        if note["rater"] == rater
    ]


def test_what_people_say_is_published_with_their_names(copy: Run) -> None:
    fake = FakeLabelStudio()
    reviewed = open_review(str(copy.folder))
    pushed = push_review(reviewed, fake.connect(), adjudicate=False)
    assert [one.tasks for one in pushed] == [8, 8]
    assert [one.added for one in push_review(reviewed, fake.connect(), False)] == [0, 0]
    for one, person in zip(pushed, (ANN, BOB), strict=True):
        for task in fake.contents(one.project.id):
            fake.annotate(task["id"], answer(), person=person, seconds=30.0)
    review = review_folder(copy)
    assert review is not None
    assert pull(fake.connect(), review).added == 16
    assert pull(fake.connect(), review).rows == 0
    build_plainly(str(copy.folder))
    said = notes(copy, ANN)
    assert len({note["sample_id"] for note in said}) == 8
    assert {note["rater_kind"] for note in said} == {"human"}
    assert WHOLE in {note["attribute"] for note in said}
    assert all(note["seconds"] == 30.0 for note in said)
    manifest = open_published(str(copy.folder)).manifest
    assert manifest.agreement is not None
    assert "human/human" in set(manifest.agreement.panels())
    people = {
        name
        for row in open_published(str(copy.folder)).table(["attributes"]).to_pylist()
        for attribute in row["attributes"]
        for name in attribute["rows"]
    }
    assert people & {note["annotation_id"] for note in said}


def test_a_judgement_that_was_taken_back_is_published_no_more(copy: Run) -> None:
    fake = FakeLabelStudio()
    pushed = push_review(open_review(str(copy.folder)), fake.connect(), False)
    (first, *_) = fake.contents(pushed[0].project.id)
    submitted = fake.annotate(first["id"], answer(), person=ANN)
    review = review_folder(copy)
    assert review is not None
    pull(fake.connect(), review)
    build_plainly(str(copy.folder))
    assert notes(copy, ANN)
    fake.delete(submitted)
    assert pull(fake.connect(), review).deleted == 1
    build_plainly(str(copy.folder))
    assert notes(copy, ANN) == []
    assert read_people(copy).rows == ()


def test_people_can_be_published_under_pseudonyms(copy: Run) -> None:
    fake = FakeLabelStudio()
    pushed = push_review(open_review(str(copy.folder)), fake.connect(), False)
    (first, *_) = fake.contents(pushed[0].project.id)
    fake.annotate(first["id"], answer(), person=ANN)
    review = review_folder(copy)
    assert review is not None
    pull(fake.connect(), review)
    settings = copy.recipe.annotation.review.model_copy(update={"names": "pseudonyms"})
    annotation = copy.recipe.annotation.model_copy(update={"review": settings})
    run = start_run(str(copy.folder), copy.recipe.model_copy(update={"annotation": annotation}))
    build_plainly(str(run.folder))
    assert notes(run, ANN) == []
    names = {row.rater for row in read_people(run).rows}
    assert len(names) == 1
    assert len(notes(run, names.pop())) == 6


def test_a_server_elsewhere_is_told_where_pictures_are_served(copy: Run) -> None:
    fake = FakeLabelStudio()
    reviewed = open_review(str(copy.folder))
    pushed = push_review(reviewed, fake.connect(), False, "https://pictures.example/set/")
    addresses = {task["data"]["image"] for task in fake.contents(pushed[0].project.id)}
    names = {path.name for path in (reviewed.review / "files" / "pictures").iterdir()}
    assert addresses == {f"https://pictures.example/set/{name}" for name in names}
    assert fake.folders == {}


def test_a_run_may_be_named_by_a_relative_path(copy: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(copy.folder.path)
    monkeypatch.chdir(folder.parent)
    fake = FakeLabelStudio()
    push_review(open_review(folder.name), fake.connect(), False)
    assert {name for names in fake.folders.values() for name in names} == {
        str(folder / "review" / "files" / "pictures")
    }


def test_a_picture_in_two_encodings_is_judged_once(copy: Run) -> None:
    codec = copy.recipe.codec.model_copy(update={"policy": "twins"})
    run = start_run(str(copy.folder), copy.recipe.model_copy(update={"codec": codec}))
    build_plainly(str(run.folder))
    published = open_published(str(run.folder)).table(["sample_id"]).num_rows
    assert len(open_review(str(run.folder)).candidates) == published / 2


def test_what_people_disagree_on_goes_to_adjudication(copy: Run) -> None:
    fake = FakeLabelStudio()
    reviewed = open_review(str(copy.folder))
    assert push_review(reviewed, fake.connect(), adjudicate=True) == []
    pushed = push_review(reviewed, fake.connect(), adjudicate=False)
    for one, person, edges in zip(pushed, (ANN, BOB), ("present", "absent"), strict=True):
        for task in fake.contents(one.project.id)[:5]:
            fake.annotate(task["id"], answer(edges=edges), person=person)
    review = review_folder(copy)
    assert review is not None
    pull(fake.connect(), review)
    both = {row.sample_id for row in read_people(copy).rows if row.rater == ANN} & {
        row.sample_id for row in read_people(copy).rows if row.rater == BOB
    }
    (settling,) = push_review(open_review(str(copy.folder)), fake.connect(), adjudicate=True)
    assert settling.tasks == len(both) > 0
    (again,) = push_review(open_review(str(copy.folder)), fake.connect(), adjudicate=True)
    assert again.added == 0


def test_without_a_server_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(URL, raising=False)
    with pytest.raises(ReviewError, match="review up"):
        server_of(tmp_path)
    monkeypatch.setenv(URL, "http://labels.example")
    monkeypatch.delenv(TOKEN, raising=False)
    with pytest.raises(ReviewError, match=TOKEN):
        server_of(tmp_path)
