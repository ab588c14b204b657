"""The document forger that has text redrawn by an inpainting model, diffusion or API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, Field

from generators.contract import (
    CannotForge,
    Generator,
    GeneratorSpec,
    Need,
    Spends,
    Trial,
    spec_of,
)
from generators.contract import Options as BaseOptions
from generators.document.redrawing import Task, finish, prepare
from generators.registry import create, load
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain

if TYPE_CHECKING:
    from endpoints.account import Account


class DocumentRedrawOptions(BaseOptions):
    """Options of `document_redraw`."""

    inpainter: str = Field(
        "diffusion_inpaint", description="Name of an installed generator that fills masks."
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Options of that generator.")
    context: float = Field(
        2.5, ge=1.2, le=20, description="Side of what the inpainter is shown, in word widths."
    )
    margin: float = Field(
        0.15, ge=0, le=1, description="How far the mask reaches beyond the word, in word heights."
    )
    min_height: float = Field(
        9.0, ge=4, le=200, description="Least height of a word that is redrawn, in pixels."
    )
    min_change: float = Field(
        16.0, ge=1, le=255, description="Least difference that makes a stroke, in grey levels."
    )
    prefer_fields: float = Field(
        0.7, ge=0, le=1, description="How often fields and figures are tried before other words."
    )


class DocumentRedraw:
    """Has words replaced or erased by an inpainting model; keeps the strokes that changed."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="document_redraw",
        version="1",
        family="redrawn text",
        summary="Has words of a page replaced or erased by an inpainting model.",
        domains=(Domain.DOCUMENT,),
        operations=("text_replace", "text_remove"),
        needs=frozenset({Need.SOURCE, Need.WORDS}),
        terms="Output carries the licences of its sources and the terms of the inpainter's model.",
        tolerance=2,
        seconds=3.0,
    )
    Options: ClassVar[type[BaseModel]] = DocumentRedrawOptions

    def __init__(self, options: DocumentRedrawOptions) -> None:
        self.options = options

    @cached_property
    def _inpainter(self) -> Generator:
        return create(self.options.inpainter, self.options.options)

    def configured(self) -> GeneratorSpec:
        """The spec with the family, the model and the costs of the inpainter."""
        inner = spec_of(self._inpainter)
        return replace(
            self.spec,
            family=inner.family,
            model=inner.model,
            autoencoder=inner.autoencoder,
            released=inner.released,
            terms=f"{self.spec.terms} {inner.terms}",
            needs=self.spec.needs | (inner.needs & {Need.GPU, Need.NETWORK}),
            seconds=inner.seconds,
            gpu_seconds=inner.gpu_seconds,
            dollars=inner.dollars,
            batch_dollars=inner.batch_dollars,
        )

    def use_account(self, account: Account) -> None:
        """Hand the run's account to an inpainter that is paid for."""
        if isinstance(self._inpainter, Spends):
            self._inpainter.use_account(account)

    @staticmethod
    def trial() -> AbstractContextManager[Mapping[str, Any]]:
        """The default inpainter as that one is tried itself."""
        return _trial()

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        prepared = [self._prepare(job) for job in jobs]
        tasks = {one.job.job_id: one for one in prepared if isinstance(one, Task)}
        drawn = {
            answer.job_id: answer
            for answer in self._inpainter.forge([task.inner for task in tasks.values()])
        }
        for one in prepared:
            if isinstance(one, Rejection):
                yield one
                continue
            answer = drawn[one.job.job_id]
            yield answer if isinstance(answer, Rejection) else self._finish(one, answer)

    def _prepare(self, job: Job) -> Task | Rejection:
        options = self.options
        try:
            return prepare(
                job, options.context, options.margin, options.min_height, options.prefer_fields
            )
        except CannotForge as refusal:
            return Rejection(job.job_id, refusal.reason, refusal.detail)

    def _finish(self, task: Task, answer: Forgery) -> Forgery | Rejection:
        try:
            return finish(task, answer, self.options.min_change)
        except CannotForge as refusal:
            return Rejection(task.job.job_id, refusal.reason, refusal.detail)


@contextmanager
def _trial() -> Iterator[Mapping[str, Any]]:
    inner = load(DocumentRedrawOptions().inpainter)
    if not issubclass(inner, Trial):
        yield {}
        return
    with inner.trial() as options:
        yield {"options": dict(options)}
