"""A real Label Studio, over its API and through its pages, from `up` to the pulled row."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from annotation.label_studio import server as servers
from annotation.label_studio.client import LabelStudio
from annotation.label_studio.configuration import Page, configuration
from annotation.label_studio.errors import ReviewError
from annotation.label_studio.pull import pull
from annotation.label_studio.pulled import read_pulled
from annotation.label_studio.push import Order, push
from annotation.label_studio.server import RunningServer
from annotation.label_studio.tasks import ReviewSample, store_picture, task_key
from schemas.attributes import WHOLE
from schemas.cues import CUES_BY_ID
from schemas.recipe.raters import Review
from schemas.vocabulary import Mode, RaterKind, Verdict
from storage.masks import decode_mask, encode_mask
from tests.annotation.label_studio.browser import CHROMIUM, assert_picture_with_mask, log_in
from tests.annotation.label_studio.reviews import answer, row

pytestmark = [pytest.mark.label_studio, pytest.mark.browser]

WIDTH, HEIGHT = 320, 240


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("review")


@pytest.fixture(scope="module")
def running(review: Path) -> Iterator[RunningServer]:
    try:
        found = servers.up(review, print)
    except ReviewError as error:
        pytest.skip(f"Label Studio's server cannot be had here: {error}")
    yield found
    servers.down(review)


@pytest.fixture
def server(running: RunningServer) -> Iterator[LabelStudio]:
    with LabelStudio(running.url, running.token) as client:
        yield client


def _region() -> Any:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return (columns - 200) ** 2 + (rows - 120) ** 2 < 50**2


def _samples(review: Path, count: int) -> list[ReviewSample]:
    """Pictures that lie where the server may read them, every other one a forgery."""
    folder = servers.pictures_folder(review)
    rng = np.random.default_rng(5)
    made = []
    for index in range(count):
        ramp = np.linspace(40, 200, WIDTH)[None, :, None] + rng.normal(0, 20, (HEIGHT, 1, 3))
        buffer = io.BytesIO()
        Image.fromarray(ramp.clip(0, 255).astype(np.uint8)).save(buffer, format="PNG")
        forged = index % 2 == 0
        sample_id = f"{'job' if forged else 'source'}-{index:04d}"
        verdict = Verdict.PRESENT if forged else Verdict.ABSENT
        made.append(
            ReviewSample(
                sample_id,
                store_picture(folder, sample_id, buffer.getvalue()),
                WIDTH,
                HEIGHT,
                encode_mask(_region()) if forged else None,
                tuple(row(sample_id, one, verdict) for one in (WHOLE, "edges", "texture")),
            )
        )
    return made


class _Person:
    """Somebody at work, through the API that the page uses."""

    def __init__(self, running: RunningServer) -> None:
        headers = {"Authorization": f"Token {running.token}"}
        self.http = httpx.Client(base_url=running.url, headers=headers, trust_env=False, timeout=60)

    def __enter__(self) -> _Person:
        return self

    def __exit__(self, *exc: object) -> None:
        self.http.close()

    def annotate(self, task: int, result: list[dict[str, Any]]) -> int:
        body = {"result": result, "lead_time": 12.5}
        answer = self.http.post(f"/api/tasks/{task}/annotations/", json=body)
        answer.raise_for_status()
        return int(answer.json()["id"])

    def change(self, annotation: int, result: list[dict[str, Any]]) -> None:
        body = {"result": result}
        self.http.patch(f"/api/annotations/{annotation}/", json=body).raise_for_status()

    def delete(self, annotation: int) -> None:
        self.http.delete(f"/api/annotations/{annotation}/").raise_for_status()


def test_the_server_is_found_again_and_keeps_its_secrets(
    running: RunningServer, review: Path
) -> None:
    said: list[str] = []
    assert servers.up(review, said.append) == running
    assert said == [f"Label Studio runs already at {running.url}"]
    for name in ("running.json", "account.json"):
        assert (review / "server" / name).stat().st_mode & 0o077 == 0
    addresses = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None)}
    for address in addresses - {"127.0.0.1", "::1", "127.0.1.1"}:
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((str(address), running.port)) != 0, "reachable from outside"
    assert httpx.get(f"{running.url}/api/projects/", trust_env=False).status_code == 401


@pytest.mark.parametrize("page", [Page(), Page(("text", "noise", "anatomy")), Page((), (), True)])
def test_the_server_takes_every_page(server: LabelStudio, page: Page) -> None:
    server.create_project("a page", "", configuration(page))


def test_fifty_tasks_go_out_and_come_back(
    server: LabelStudio, running: RunningServer, review: Path
) -> None:
    order = Order("fifty", Review(slots=2, preannotated=0.5), Page())
    pictures = servers.pictures_folder(review)
    samples = _samples(review, 50)
    pushed = push(server, review, samples, order, pictures)
    assert [(one.tasks, one.added) for one in pushed] == [(50, 50), (50, 50)]
    again = push(server, review, samples, order, pictures)
    assert [(one.tasks, one.added) for one in again] == [(50, 0), (50, 0)]
    first = server.tasks(pushed[0].project.id)
    assert {task.key for task in first} == {task_key(one.sample_id) for one in samples}
    assert 10 < sum(task.preannotated for task in first) < 40
    with _Person(running) as person:
        picture = person.http.get(samples[0].address)
        assert picture.status_code == 200
        assert Image.open(io.BytesIO(picture.content)).size == (WIDTH, HEIGHT)
        numbers = [person.annotate(task.id, answer()) for task in first[:4]]
        report = pull(server, review)
        assert (report.added, report.changed, report.deleted, report.rows) == (4, 0, 0, 24)
        assert report.problems == []
        assert pull(server, review).rows == 0
        person.change(numbers[0], answer("authentic", "absent"))
        person.delete(numbers[1])
        report = pull(server, review)
        assert (report.added, report.changed, report.deleted, report.rows) == (0, 1, 1, 6)
    pulled = read_pulled(review)
    assert len(pulled.rows) == 30
    assert len(list(pulled.standing())) == 18
    (changed,) = [
        row for row in pulled.standing() if row.verdict is Verdict.ABSENT and row.attribute == WHOLE
    ]
    assert (changed.rater, changed.rater_kind) == (running.email, RaterKind.HUMAN)
    assert changed.seconds == 12.5
    assert {row.mode for row in pulled.rows} <= {Mode.BLIND, Mode.GROUNDED}


def test_a_person_labels_in_the_browser(
    server: LabelStudio, running: RunningServer, review: Path
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here; install Debian's package chromium")
    order = Order("browser", Review(slots=1, preannotated=1), Page(("boundary",)))
    samples = _samples(review, 4)
    samples = [replace(one, sample_id=f"browser-{one.sample_id}") for one in samples]
    (pushed,) = push(server, review, samples, order, servers.pictures_folder(review))
    forged = {task_key(one.sample_id): one for one in samples if one.mask is not None}
    task = next(one for one in server.tasks(pushed.project.id) if one.key in forged)
    sample = forged[task.key]
    with sync_api.sync_playwright() as playwright:
        # A sandbox of its own is not to be had as root or in a container.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        log_in(page, running)
        page.goto(f"{running.url}/projects/{pushed.project.id}/data?task={task.id}")
        assert_picture_with_mask(page, WIDTH)
        assert sample.sample_id not in page.content()
        _assert_nothing_to_scroll_for(page)
        page.screenshot(path=os.environ.get("COUNTERFOIL_SCREENSHOT", review / "page.png"))
        assert _chosen(page, "edges") == ["present"]
        for key in ("l", "a", "Shift+S", "d", "f", "Shift+G"):
            page.keyboard.press(key)
        page.locator(".cf-lighting textarea, .cf-lighting input[type=text]").fill(
            "The shadow falls towards the window."
        )
        assert _chosen(page, "edges") == ["unsure"]
        page.get_by_text(CUES_BY_ID["halo"].text).click()
        _paint(page)
        # The reason is still being typed, so to speak: what stands in a field counts.
        page.get_by_role("button", name="Submit").click()
        page.get_by_text("Annotation saved successfully", exact=True).wait_for(timeout=30_000)
        browser.close()
    assert server.invitation().startswith(running.url)
    report = pull(server, review)
    assert (report.added, report.problems) == (1, [])
    rows = {
        row.attribute: row
        for row in read_pulled(review).standing()
        if row.sample_id == sample.sample_id
    }
    assert rows[WHOLE].verdict is Verdict.PRESENT
    assert rows[WHOLE].confidence == 1.0
    shown, texture = rows[WHOLE].mask, rows["texture"].mask
    assert shown is not None
    np.testing.assert_array_equal(decode_mask(shown), _region())
    assert rows["edges"].verdict is Verdict.UNSURE
    assert rows["edges"].cues == ("halo",)
    assert rows["semantics"].verdict is Verdict.UNSURE
    assert rows["lighting"].rationale == "The shadow falls towards the window."
    assert texture is not None
    painted = decode_mask(texture)
    assert painted.shape == (HEIGHT, WIDTH)
    assert painted[60, 60:100].all()
    assert not painted[120:].any()
    assert "It repeats." in rows["texture"].rationale
    for one in rows.values():
        assert (one.rater, one.rater_kind) == (running.email, RaterKind.HUMAN)
        assert one.mode is Mode.GROUNDED
        assert one.seconds is not None


def _assert_nothing_to_scroll_for(page: Any) -> None:
    last = page.locator(".cf-semantics").bounding_box()
    assert last["y"] + last["height"] < 950


def _chosen(page: Any, attribute: str) -> list[str]:
    # By class: choices of different controls have inputs of one name, which browsers take for one
    # group, so that the inputs' own state says less than what is shown.
    chosen = page.locator(f".cf-{attribute} .ant-radio-checked input")
    return [str(name) for name in chosen.evaluate_all("inputs => inputs.map(one => one.name)")]


def _paint(page: Any) -> None:
    """A stroke with the brush of texture from (60, 60) to (100, 60), and a reason for it."""
    box = page.locator(".cf-picture img").first.bounding_box()
    scale = box["width"] / WIDTH
    page.locator(".cf-regions .lsf-label", has_text="texture").click()
    page.mouse.move(box["x"] + 60 * scale, box["y"] + 60 * scale)
    page.mouse.down()
    page.mouse.move(box["x"] + 100 * scale, box["y"] + 60 * scale, steps=10)
    page.mouse.up()
    page.get_by_placeholder("What is wrong in this region?").fill("It repeats.")


def test_what_people_did_outlives_the_server(running: RunningServer, review: Path) -> None:
    other = review / "other"
    blocker = socket.socket()
    with blocker:
        blocker.bind(("127.0.0.1", 0))
        blocker.listen()
        taken = blocker.getsockname()[1]
        first = servers.up(other, print, email="ann@example.org", port=taken)
    try:
        assert first.port != taken
        assert first.email == "ann@example.org"
        with LabelStudio(first.url, first.token) as client:
            made = client.create_project("kept", "", configuration(Page()))
        assert servers.down(other)
        assert servers.running(other) is None
        assert not servers.down(other)
        second = servers.up(other, print)
        assert (second.token, second.password) == (first.token, first.password)
        with LabelStudio(second.url, second.token) as client:
            assert client.projects() == [made]
    finally:
        servers.down(other)
