"""Tasks: what they show, and that they tell nothing that a person must not know."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotation.label_studio.brush import decode_brush
from annotation.label_studio.configuration import Page, configuration
from annotation.label_studio.errors import ReviewError
from annotation.label_studio.tasks import (
    TaskCheck,
    adjudication_task,
    blind_task,
    said_by,
    store_picture,
    task_key,
)
from schemas.vocabulary import RaterKind, Verdict
from tests.annotation.label_studio.reviews import HEIGHT, WIDTH, disc, row, samples


def _results(task: dict[str, object]) -> dict[str, dict[str, object]]:
    predictions = task.get("predictions")
    assert isinstance(predictions, list)
    return {one["id"]: one["value"] for one in predictions[0]["result"]}


def test_a_task_opens_with_what_machines_said_and_not_with_what_people_said() -> None:
    (sample,) = samples(1)
    results = _results(blind_task(sample, shown=True))
    assert results["whole"] == {"choices": ["forged"]}
    assert results["edges"] == {"choices": ["present"]}
    assert results["edges_rationale"] == {"text": ["model says so."]}
    assert "ann@example.org" not in json.dumps(blind_task(sample, shown=True))


def test_the_observed_mask_is_painted() -> None:
    (sample,) = samples(1)
    region = _results(blind_task(sample, shown=True))["regions0"]
    assert region["brushlabels"] == ["other"]
    rle = region["rle"]
    assert isinstance(rle, list)
    np.testing.assert_array_equal(decode_brush(rle, HEIGHT, WIDTH), disc())
    assert "regions0" not in _results(blind_task(sample, shown=True, masks=False))


def test_a_task_that_is_not_shown_opens_empty() -> None:
    (sample,) = samples(1)
    assert blind_task(sample, shown=False) == {
        "data": {"image": sample.address, "key": task_key(sample.sample_id)}
    }


def test_raters_who_cancel_out_are_unsure_and_the_most_decide() -> None:
    (sample,) = samples(1)
    said = [Verdict.PRESENT, Verdict.ABSENT, Verdict.UNSURE]
    rows = tuple(row("s", "edges", one, rater=str(index)) for index, one in enumerate(said))
    results = _results(blind_task(replace(sample, rows=rows), shown=True))
    assert results["edges"] == {"choices": ["unsure"]}
    more = (*rows, row("s", "edges", Verdict.ABSENT, rater="9", rationale=" "))
    results = _results(blind_task(replace(sample, rows=more), shown=True))
    assert results["edges"] == {"choices": ["absent"]}
    assert "texture" not in results


def test_only_cues_that_the_page_has_are_ticked() -> None:
    (sample,) = samples(1)
    sample = replace(sample, rows=(row("s", "edges", cues=("halo", "type_mismatch")),))
    page = Page(("boundary",))
    task = blind_task(sample, shown=True, cues=[cue.id for cue in page.cues])
    assert _results(task)["edges_cues"] == {"choices": ["halo"]}
    TaskCheck(configuration(page))(task)
    assert "edges_cues" not in _results(blind_task(sample, shown=True))


def test_nothing_in_a_task_names_its_sample() -> None:
    for sample in samples(2):
        sample = replace(sample, address="/data/local-files/?d=pictures/x.png", rows=())
        for task in (blind_task(sample, shown=True), adjudication_task(sample)):
            text = json.dumps(task)
            assert sample.sample_id not in text
            assert "job" not in text
            assert "source" not in text


@pytest.mark.parametrize(
    "value",
    [
        {"from_name": "edges", "value": {"choices": ["perhaps"]}, "type": "choices"},
        {"from_name": "colour", "value": {"choices": ["present"]}, "type": "choices"},
        {"from_name": "edges", "value": {"text": ["present"]}, "type": "textarea"},
    ],
)
def test_what_the_page_could_not_show_is_refused(value: dict[str, object]) -> None:
    task = {
        "data": {"key": "k"},
        "predictions": [{"result": [{"id": "a", "to_name": "picture", **value}]}],
    }
    with pytest.raises(ReviewError, match="pre-annotation of k"):
        TaskCheck(configuration(Page()))(task)


def test_every_task_that_is_made_passes_the_check() -> None:
    check = TaskCheck(configuration(Page()))
    adjudicated = TaskCheck(configuration(Page(adjudication=True)))
    for sample in samples(4):
        check(blind_task(sample, shown=True))
        adjudicated(adjudication_task(sample))


def test_adjudicators_read_everybody_and_markup_stays_text() -> None:
    rows = [
        row("s", "whole", Verdict.PRESENT, "gpt", RaterKind.MLLM, "<script>alert(1)</script>"),
        row("s", "edges", Verdict.ABSENT, "ann@example.org", RaterKind.HUMAN, "Sharp & clean."),
        row("s", "edges", Verdict.PRESENT, "bob@example.org", RaterKind.HUMAN, ""),
    ]
    said = said_by(rows)
    assert "<script>" not in said
    assert "Sharp &amp; clean." in said
    assert "example.org" not in said
    assert "person 1" in said
    assert "person 2" in said
    assert said == said_by(rows[::-1])


def test_pictures_are_stored_under_names_that_tell_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture = Image.fromarray(np.zeros((4, 5, 3), np.uint8))
    data = {}
    for kind in ("PNG", "JPEG", "WEBP", "BMP"):
        buffer = io.BytesIO()
        picture.save(buffer, format=kind)
        data[kind] = buffer.getvalue()
    addresses = {kind: store_picture(folder, f"job-{kind}", data[kind]) for kind in data}
    assert all("job" not in address for address in addresses.values())
    assert {address.rpartition(".")[2] for address in addresses.values()} == {"png", "jpg", "webp"}
    name = addresses["JPEG"].rpartition("/")[2]
    assert addresses["JPEG"] == f"/data/local-files/?d=pictures/{name}"
    assert (folder / name).read_bytes() == data["JPEG"]
    assert store_picture(folder, "job-JPEG", data["JPEG"]) == addresses["JPEG"]
    with pytest.raises(ReviewError, match="cannot be read"):
        store_picture(folder, "job-x", b"no picture")
