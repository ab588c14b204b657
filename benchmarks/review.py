"""Pushes 2,000 pictures to a real Label Studio and pulls as many judgements from it.

Run by `make bench-review`. It installs the server where that has not been done. Every task opens
with six judgements and, every other one, with a mask of 512 by 512 pixels; every judgement that
comes back has a brush region. The last line holds the figures.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import cv2
import httpx
import numpy as np

from annotation.label_studio.brush import encode_brush
from annotation.label_studio.client import LabelStudio
from annotation.label_studio.configuration import Page
from annotation.label_studio.controls import PICTURE, REGIONS
from annotation.label_studio.pull import pull
from annotation.label_studio.push import Order, push
from annotation.label_studio.server import RunningServer, down, pictures_folder, up
from annotation.label_studio.tasks import ReviewSample
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES, WHOLE
from schemas.picture import Mask
from schemas.recipe.raters import Review
from schemas.vocabulary import Mode, RaterKind, Verdict
from storage.masks import encode_mask

TASKS, SIDE, MASKS, PEOPLE = 2_000, 512, 50, 4
QUESTIONS = (WHOLE, *(attribute.id for attribute in ATTRIBUTES))
_Result = TypeVar("_Result")


def blotch(seed: int) -> Mask:
    """Six ellipses."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    for _ in range(6):
        centre = tuple(int(value) for value in rng.integers(50, SIDE - 50, 2))
        axes = tuple(int(value) for value in rng.integers(10, 80, 2))
        cv2.ellipse(canvas, centre, axes, float(rng.integers(180)), 0, 360, 1, -1)
    mask: Mask = canvas.astype(np.bool_)
    return mask


def samples(masks: list[bytes]) -> list[ReviewSample]:
    """Every other one a forgery with a mask, all judged by a machine."""
    return [
        ReviewSample(
            f"sample-{number}",
            f"/data/local-files/?d=pictures/{number}.png",
            SIDE,
            SIDE,
            masks[number % MASKS] if number % 2 else None,
            tuple(_row(f"sample-{number}", question) for question in QUESTIONS),
        )
        for number in range(TASKS)
    ]


def _row(sample_id: str, question: str) -> Annotation:
    return Annotation(
        annotation_id=f"{sample_id}/{question}",
        sample_id=sample_id,
        rater="looker",
        rater_kind=RaterKind.MLLM,
        rater_version="1",
        mode=Mode.BLIND,
        attribute=question,
        verdict=Verdict.PRESENT,
        rationale="The seam beside the window is crisp where its neighbours are soft.",
    )


def judge_all(server: RunningServer, tasks: list[int], mask: Mask) -> None:
    """What people do at the pages, through the API that these use."""
    region = {
        "id": "region",
        "from_name": REGIONS,
        "to_name": PICTURE,
        "type": "brushlabels",
        "original_width": SIDE,
        "original_height": SIDE,
        "image_rotation": 0,
        "value": {"format": "rle", "rle": encode_brush(mask), "brushlabels": ["edges"]},
    }
    said = [_choice(WHOLE, "forged"), *(_choice(one.id, "present") for one in ATTRIBUTES), region]
    headers = {"Authorization": f"Token {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=120, trust_env=False) as http:

        def judge(task: int) -> None:
            body = {"result": said, "lead_time": 20.0}
            http.post(f"/api/tasks/{task}/annotations/", json=body).raise_for_status()

        with ThreadPoolExecutor(PEOPLE) as people:
            list(people.map(judge, tasks))


def _choice(control: str, word: str) -> dict[str, Any]:
    value = {"choices": [word]}
    return {
        "id": control,
        "from_name": control,
        "to_name": PICTURE,
        "type": "choices",
        "value": value,
    }


def timed(work: Callable[[], _Result]) -> tuple[float, _Result]:
    """Seconds, and what came of it."""
    began = time.monotonic()
    result = work()
    return time.monotonic() - began, result


def main() -> None:
    """Measure, check, print."""
    masks = [blotch(seed) for seed in range(MASKS)]
    pictures = samples([encode_mask(mask) for mask in masks])
    order = Order("bench", Review(slots=1, preannotated=1.0), Page(("noise", "boundary")))
    with tempfile.TemporaryDirectory() as temporary:
        review = Path(temporary)
        seconds, server = timed(lambda: up(review, print))
        print(f"up: {seconds:.1f} s")
        try:
            with LabelStudio(server.url, server.token) as client:

                def pushing() -> Any:
                    return push(client, review, pictures, order, pictures_folder(review))[0]

                pushed_in, pushed = timed(pushing)
                again_in, again = timed(pushing)
                tasks = [task.id for task in client.tasks(pushed.project.id)]
                judge_all(server, tasks, masks[0])
                pulled_in, pulled = timed(lambda: pull(client, review))
                repulled_in, repulled = timed(lambda: pull(client, review))
        finally:
            down(review)
    if (pushed.added, again.added, pulled.added, repulled.rows) != (TASKS, 0, TASKS, 0):
        raise SystemExit(f"not all came through once: {pushed}, {again}, {pulled}, {repulled}")
    print(
        f"{TASKS} tasks: pushed in {pushed_in:.1f} s (again, {again_in:.1f} s, 0 added), "
        f"{pulled.rows} rows pulled in {pulled_in:.1f} s (again, {repulled_in:.1f} s, 0 added)"
    )


if __name__ == "__main__":
    main()
