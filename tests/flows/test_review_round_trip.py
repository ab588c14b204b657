"""From `review up` to the row in the shard: a real server, a real browser, the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotation.label_studio.client import LabelStudio
from annotation.label_studio.server import RunningServer, down, running
from annotation.label_studio.tasks import task_key
from flows.run import Run, start_run
from flows.stages.judging.people import review_folder
from schemas.attributes import WHOLE
from schemas.recipe.raters import Review
from storage.published import open_published
from tests.annotation.label_studio.browser import CHROMIUM, assert_picture_with_mask, log_in
from tests.flows.small import build_plainly

pytestmark = [pytest.mark.label_studio, pytest.mark.browser, pytest.mark.prefect]
WORDS = "The highlight faces away from the window."


def counterfoil(*arguments: str) -> str:
    """What a command prints. Its errors are the test's."""
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *arguments], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def reviewed(built: Run, tmp_path: Path) -> Iterator[Run]:
    """A copy of the small build, all of it to be judged by one person, with pre-annotations."""
    folder = tmp_path / "small"
    shutil.copytree(Path(built.folder.path), folder)
    review = Review(slots=1, preannotated=1.0)
    annotation = built.recipe.annotation.model_copy(update={"review": review})
    yield start_run(str(folder), built.recipe.model_copy(update={"annotation": annotation}))
    down(folder / "review")


def forgery(run: Run) -> dict[str, Any]:
    """A published forgery of which the observed mask is known and no small speck."""
    columns = ["sample_id", "label", "width", "quality", "domain"]
    rows = open_published(str(run.folder)).table(columns).to_pylist()
    marked = [r for r in rows if r["label"] == 1 and (r["quality"]["changed_area"] or 0) > 0.05]
    return dict(marked[0])


def judge_in_the_browser(server: RunningServer, project: int, task: int, width: int) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here; install Debian's package chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        log_in(page, server)
        page.goto(f"{server.url}/projects/{project}/data?task={task}")
        assert_picture_with_mask(page, width)
        if picture := os.environ.get("COUNTERFOIL_ROUND_TRIP_SCREENSHOT"):
            page.screenshot(path=picture)
        for key in ("z", "l", "1"):  # forged, certain, lighting: present
            page.keyboard.press(key)
        rationale = page.locator(".cf-lighting")
        rationale.get_by_role("button", name="Edit Region").click()
        rationale.get_by_test_id("htx-textbox-input").fill(WORDS)
        rationale.get_by_test_id("htx-textbox-save").click()
        rationale.get_by_text(WORDS).wait_for()
        page.get_by_role("button", name="Submit").click()
        page.get_by_text("Annotation saved successfully", exact=True).wait_for(timeout=30_000)
        browser.close()


def test_what_somebody_says_in_the_browser_is_published_with_their_name(reviewed: Run) -> None:
    folder, review = str(reviewed.folder), review_folder(reviewed)
    assert review is not None
    assert "counterfoil review push" in counterfoil("review", "up", folder)
    server = running(review)
    assert server is not None
    counterfoil("review", "push", folder)
    sample = forgery(reviewed)
    with LabelStudio(server.url, server.token) as client:
        (project,) = client.projects()
        (task,) = (
            one for one in client.tasks(project.id) if one.key == task_key(sample["sample_id"])
        )
    judge_in_the_browser(server, project.id, task.id, sample["width"])
    assert counterfoil("review", "pull", folder).startswith("1 judged pictures came in")
    assert counterfoil("review", "pull", folder).startswith("0 judged pictures came in")
    assert "1" in counterfoil("review", "status", folder)
    build_plainly(folder)
    published = open_published(folder)
    row = published.row(sample["sample_id"])
    said = {n["attribute"]: n for n in row["annotations"] if n["rater"] == server.email}
    assert said[WHOLE]["verdict"] == "present"
    assert said[WHOLE]["confidence"] == 1.0
    assert said["lighting"]["verdict"] == "present"
    assert said["lighting"]["rationale"] == WORDS
    assert said["lighting"]["rater_kind"] == "human"
    by_attribute = {one["attribute"]: one for one in row["attributes"]}
    assert by_attribute["lighting"]["verdict"] == "present"
    assert by_attribute["lighting"]["basis"] == "people"
    assert by_attribute["lighting"]["rows"] == [said["lighting"]["annotation_id"]]
    assert WORDS in row["reasoning"]
    assert published.manifest.agreement is not None
