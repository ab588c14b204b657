"""Text redrawn by an inpainter: the strokes that it changed are what changes, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest
from pydantic import BaseModel

from generators import document_redraw
from generators.conformance.pages import pages
from generators.contract import GeneratorSpec, Options
from generators.document_redraw import DocumentRedraw, DocumentRedrawOptions
from generators.registry import load
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Pixels
from schemas.vocabulary import Domain, Scope
from tests.generators.pictures import flat, make_job, make_picture

PAGES = pages(Domain.DOCUMENT)


def redraw(inpainter: str = "inpaint_remove", **options: Any) -> DocumentRedraw:
    return DocumentRedraw(DocumentRedrawOptions(inpainter=inpainter, options=options))


def jobs(operation: str, count: int = 4) -> list[Job]:
    return [make_job(PAGES[n % len(PAGES)], operation, seed=n) for n in range(count)]


def forged(answers: Iterable[Forgery | Rejection]) -> list[Forgery]:
    return [answer for answer in answers if isinstance(answer, Forgery)]


def test_a_word_is_erased_and_only_its_strokes_change() -> None:
    asked = jobs("text_remove")
    answers = list(redraw(method="telea").forge(asked))
    assert [answer.job_id for answer in answers] == [job.job_id for job in asked]
    done = forged(answers)
    assert len(done) >= 3
    by_id = {job.job_id: job for job in asked}
    for one in done:
        source = by_id[one.job_id].source.pixels
        changed = (one.image != source).any(axis=2)
        assert one.applied is not None
        assert one.scope is Scope.SPLICED
        assert 0 < changed.sum() < one.applied.sum()
        assert not (changed & ~one.applied).any()
        assert one.parameters["new_text"] is None
        assert one.parameters["inpainter"]["method"] == "telea"


class Scribe:
    """Writes what it is told into the mask, changes all else a little, as a model would."""

    spec: ClassVar[GeneratorSpec] = load("inpaint_remove").spec
    Options: ClassVar[type[BaseModel]] = Options
    told: ClassVar[list[str | None]] = []
    size: ClassVar[float] = 1.0

    def __init__(self, options: Any = None) -> None:
        self.options = options

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        for job in jobs:
            self.told.append(job.prompt)
            assert job.mask is not None
            drawn: Pixels = np.clip(job.source.pixels.astype(int) + 2, 0, 255).astype(np.uint8)
            rows, columns = np.nonzero(job.mask)
            middle = int(rows.mean())
            drawn[middle - 1 : middle + 2, columns.min() : columns.max()] = (10, 10, 60)
            width, height = (round(side * self.size) for side in drawn.shape[1::-1])
            drawn = np.asarray(cv2.resize(drawn, (width, height)), np.uint8)
            yield Forgery(job.job_id, drawn, Scope.REGENERATED, job.mask)


@pytest.mark.parametrize("size", [1.0, 2.0])
def test_a_model_is_told_what_to_print_and_its_paper_is_left_behind(
    size: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_redraw, "create", lambda name, options: Scribe())
    monkeypatch.setattr(Scribe, "told", [])
    monkeypatch.setattr(Scribe, "size", size)
    asked = jobs("text_replace", 2)
    first = forged(redraw("scribe").forge(asked))[0]
    assert any(f'"{first.parameters["new_text"]}"' in (prompt or "") for prompt in Scribe.told)
    assert first.parameters["new_text"] != first.parameters["old_text"]
    source = next(job.source.pixels for job in asked if job.job_id == first.job_id)
    changed = (first.image != source).any(axis=2)
    assert first.applied is not None
    assert 0 < changed.sum() < 0.8 * first.applied.sum()
    assert bool(first.notes) == (size != 1.0)


def test_pages_without_words_are_rejected() -> None:
    job = make_job(make_picture(flat(128, 128), domain=Domain.DOCUMENT), "text_remove")
    (answer,) = redraw().forge([job])
    assert isinstance(answer, Rejection)
    assert answer.reason == "no_words"
