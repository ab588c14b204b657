"""The document forger: edits of text on captured pages, each operation in a module of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

import numpy as np
from pydantic import BaseModel

from generators.contract import CannotForge, GeneratorSpec, Need, forge_each
from generators.document.copying import copy_field
from generators.document.edit import Edit
from generators.document.inserting import insert_text
from generators.document.removing import remove_text
from generators.document.replacing import replace_text
from generators.document.settings import DocumentOptions
from generators.document.stamping import stamp_page
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Picture
from schemas.vocabulary import Domain, Scope

_EDITS: dict[str, Callable[[Picture, DocumentOptions, np.random.Generator], Edit]] = {
    "text_replace": replace_text,
    "text_insert": insert_text,
    "text_remove": remove_text,
    "field_copy_move": copy_field,
    "stamp": stamp_page,
}


class DocumentEdit:
    """Replaces, inserts, removes and copies text on captured pages, and stamps them."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="document",
        version="1",
        family="classical",
        summary="Edits text on photographed and scanned pages and puts stamps on them.",
        domains=(Domain.DOCUMENT,),
        operations=tuple(_EDITS),
        needs=frozenset({Need.SOURCE, Need.WORDS}),
        terms="Output carries the licences of its sources.",
        seconds=0.06,
    )
    Options: ClassVar[type[BaseModel]] = DocumentOptions

    def __init__(self, options: DocumentOptions) -> None:
        self.options = options

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_each(jobs, self._forge_one)

    def _forge_one(self, job: Job) -> Forgery:
        edit_page = _EDITS.get(job.operation)
        if edit_page is None:
            raise CannotForge(
                "unknown_operation", f"{job.operation!r} is none of {', '.join(_EDITS)}"
            )
        if not job.source.source.words:
            raise CannotForge("no_words", "the page has no words")
        edit = edit_page(job.source, self.options, np.random.default_rng(job.seed))
        return Forgery(
            job.job_id, edit.image, Scope.SPLICED, edit.applied, edit.requested, edit.parameters
        )
