"""Pushing on the fake server: nothing twice, nothing lost, nothing told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from annotation.label_studio.client import LabelStudio
from annotation.label_studio.configuration import Page
from annotation.label_studio.errors import ReviewError, ServerUnreachable
from annotation.label_studio.fake import FakeLabelStudio, Fault
from annotation.label_studio.ledger import FILE, holding, read_ledger
from annotation.label_studio.project_key import Kind, ProjectKey, project_key
from annotation.label_studio.push import Order, preannotated, push
from annotation.label_studio.review_server import Json
from annotation.label_studio.tasks import task_key
from schemas.errors import BusyError, StorageError
from schemas.recipe.raters import Review
from tests.annotation.label_studio.reviews import samples

ORDER = Order("toys", Review(slots=2, preannotated=0.5), Page())


def _keys(fake: FakeLabelStudio, project: int) -> list[str]:
    return [task["data"]["key"] for task in fake.contents(project)]


def _assert_each_once(fake: FakeLabelStudio, count: int, slots: int = 2) -> None:
    wanted = Counter(task_key(one.sample_id) for one in samples(count))
    projects = fake.connect().projects()
    by_slot: dict[int, Counter[str]] = {}
    for project in projects:
        key = project_key(project.description)
        assert key is not None
        by_slot.setdefault(key.slot, Counter()).update(_keys(fake, project.id))
    assert by_slot == dict.fromkeys(range(1, slots + 1), wanted)


def test_every_sample_is_a_task_of_every_slot_in_another_order(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    first, second = push(fake.connect(), tmp_path, samples(30), ORDER)
    assert (first.tasks, first.added) == (second.tasks, second.added) == (30, 30)
    _assert_each_once(fake, 30)
    assert _keys(fake, first.project.id) != _keys(fake, second.project.id)
    assert first.project.title == "toys · reviewer 1 · part 1"


def test_pushing_twice_makes_no_duplicate_even_without_the_ledger(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    push(fake.connect(), tmp_path, samples(30), ORDER)
    before = read_ledger(tmp_path)
    again = push(fake.connect(), tmp_path, samples(30), ORDER)
    assert [one.added for one in again] == [0, 0]
    (tmp_path / FILE).unlink()
    push(fake.connect(), tmp_path, samples(30), ORDER)
    _assert_each_once(fake, 30)
    assert read_ledger(tmp_path) == before
    assert fake.requests["POST /api/projects/"] == 2


def test_projects_are_of_limited_size_and_grow_in_parts(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    order = replace(ORDER, settings=Review(slots=1, project_size=10))
    sizes = [one.tasks for one in push(fake.connect(), tmp_path, samples(15), order)]
    assert sizes == [10, 5]
    pushed = push(fake.connect(), tmp_path, samples(32), order)
    assert [(one.tasks, one.added) for one in pushed] == [(10, 0), (10, 5), (10, 10), (2, 2)]
    _assert_each_once(fake, 32, slots=1)


@pytest.mark.parametrize("status", [0, 500, 502, 429])
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("where", ["/import", "POST /api/projects/", "GET /api/tasks"])
def test_a_server_that_stumbles_gets_every_task_once(
    tmp_path: Path, status: int, done: bool, where: str
) -> None:
    fake = FakeLabelStudio()
    fake.faults.append(Fault(where, status, times=2, done=done))
    for _ in range(4):
        with suppress(ServerUnreachable):
            push(fake.connect(), tmp_path, samples(20), ORDER)
            break
    _assert_each_once(fake, 20)


class _Killed(BaseException):
    """As from a signal: nothing catches it."""


class _DyingServer(LabelStudio):
    """Dies at one import, before or after the server has done it."""

    def __init__(self, fake: FakeLabelStudio, at: int, *, done: bool) -> None:
        self._inner, self._left, self._done = fake.connect(), at, done

    def __getattribute__(self, name: str) -> object:
        if name in ("_inner", "_left", "_done", "import_tasks") or name.startswith("__"):
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_inner"), name)

    def import_tasks(self, project: int, tasks: Sequence[Json]) -> None:
        self._left -= 1
        if self._left == 0:
            if self._done:
                self._inner.import_tasks(project, tasks)
            raise _Killed
        self._inner.import_tasks(project, tasks)


@pytest.mark.parametrize("done", [False, True])
def test_a_push_that_is_killed_is_mended_by_the_next(tmp_path: Path, done: bool) -> None:
    fake = FakeLabelStudio()
    order = replace(ORDER, settings=Review(slots=2, project_size=8))
    for at in (1, 2, 3):
        with pytest.raises(_Killed):
            push(_DyingServer(fake, at, done=done), tmp_path, samples(40), order)
    push(fake.connect(), tmp_path, samples(40), order)
    _assert_each_once(fake, 40)


def test_doubles_that_nobody_worked_on_go_and_the_others_stay(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    order = replace(ORDER, settings=Review(slots=1))
    (pushed,) = push(fake.connect(), tmp_path, samples(3), order)
    for task in fake.contents(pushed.project.id):
        fake.connect().import_tasks(pushed.project.id, [{"data": task["data"]}])
    late = fake.contents(pushed.project.id)[-1]
    fake.annotate(late["id"], [], person="ann@example.org")
    push(fake.connect(), tmp_path, samples(3), order)
    _assert_each_once(fake, 3, slots=1)
    assert late["id"] in [task["id"] for task in fake.contents(pushed.project.id)]


def test_a_share_opens_with_machine_judgements_drawn_for_each_slot(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    pushed = push(fake.connect(), tmp_path, samples(60), ORDER)
    shown = []
    for one in pushed:
        tasks = fake.contents(one.project.id)
        shown.append({task["data"]["key"] for task in tasks if task["predictions"]})
        assert shown[-1] == {
            task_key(sample.sample_id)
            for sample in samples(60)
            if preannotated(sample.sample_id, one.key.slot, 0.5)
        }
        assert 15 < len(shown[-1]) < 45
    assert shown[0] != shown[1]


def test_another_page_is_another_project(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    push(fake.connect(), tmp_path, samples(4), ORDER)
    pushed = push(fake.connect(), tmp_path, samples(4), replace(ORDER, page=Page(("noise",))))
    assert [one.added for one in pushed] == [4, 4]
    assert len(fake.connect().projects()) == 4


def test_adjudication_is_one_project_in_which_everybody_is_read(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    order = replace(ORDER, page=Page(adjudication=True))
    (pushed,) = push(fake.connect(), tmp_path, samples(4), order)
    assert pushed.key.kind is Kind.ADJUDICATION
    for task in fake.contents(pushed.project.id):
        assert "person 1" in task["data"]["said"]
        assert task["predictions"]
    assert push(fake.connect(), tmp_path, samples(4), order)[0].added == 0


def test_pictures_are_served_once_a_project(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    for _ in range(2):
        pushed = push(fake.connect(), tmp_path, samples(4), ORDER, tmp_path / "pictures")
    assert fake.folders == {one.project.id: [str(tmp_path / "pictures")] for one in pushed}


def test_projects_of_others_are_left_alone(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    server = fake.connect()
    other = server.create_project("somebody's", 'counterfoil-review {"set_name": 1}', "<View/>")
    push(server, tmp_path, samples(4), ORDER)
    assert fake.contents(other.id) == []


def test_a_wrong_token_and_a_wrong_request_are_explained(tmp_path: Path) -> None:
    fake = FakeLabelStudio()
    fake.faults.append(Fault("GET /api/projects/", 401))
    with pytest.raises(ReviewError, match="refused the token"):
        push(fake.connect(), tmp_path, samples(4), ORDER)
    with pytest.raises(ReviewError, match="3 to 50 characters"):
        fake.connect().create_project("x", "", "<View/>")


def test_a_damaged_ledger_is_explained(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"samples": 3')
    with pytest.raises(StorageError, match="review push"):
        push(FakeLabelStudio().connect(), tmp_path, samples(4), ORDER)


def test_two_pushes_at_a_time_are_refused(tmp_path: Path) -> None:
    with holding(tmp_path), pytest.raises(BusyError, match="another push or pull"):
        push(FakeLabelStudio().connect(), tmp_path, samples(4), ORDER)


def test_a_key_survives_its_description() -> None:
    key = ProjectKey("a set " * 20, Kind.ADJUDICATION, 2, 3, "v", masks=False)
    assert project_key(key.description) == key
    assert project_key("edited by hand\n" + key.description + "\nmore") == key
    assert project_key(None) is None
    assert len(key.title) <= 50
