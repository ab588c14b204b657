"""The generators that ask an image API: to draw, to edit, to fill a mask."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from endpoints.account import Account
from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from endpoints.prices import BATCH_SHARE
from generators.api_image.answer import Drawn
from generators.api_image.asking import Asker, Question
from generators.api_image.models import OPENAI_TERMS, known
from generators.api_image.options import ApiEditOptions, ApiGenerateOptions, ApiOptions
from generators.api_image.upload import upload, upload_mask
from generators.contract import CannotForge, GeneratorSpec, Need
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask
from schemas.vocabulary import Domain, MaskKind, Scope

_TERMS = "As the terms of the service say; set the option terms to what they are."
_REFERENCE = "OpenAI API documentation, guide to image generation"
# What a plan reckons with: a picture of 512 by 512 pixels and a prompt of some twenty words.
_TYPICAL_SIDE, _TYPICAL_PROMPT = 512, "a word " * 20


class _Asks:
    """What the three have in common."""

    spec: ClassVar[GeneratorSpec]

    def __init__(self, options: ApiOptions) -> None:
        self.options = options
        self._asker = Asker(options)

    def use_account(self, account: Account) -> None:
        """Send every request through `account` from now on."""
        self._asker.account = account

    def configured(self) -> GeneratorSpec:
        """The spec of the model that the options name, with what a job costs by the price table."""
        options, about = self.options, known(self.options.model)
        own = about is not None and options.base_url is None
        pixels = _TYPICAL_SIDE**2 if Need.SOURCE in self.spec.needs else 0
        typical = Question(_TYPICAL_PROMPT, 0, (_TYPICAL_SIDE, _TYPICAL_SIDE), {}, pixels)
        dollars = round(self._asker.estimate(typical), 6)
        return replace(
            self.spec,
            family=options.family or (about.family if about else options.model),
            terms=options.terms or (OPENAI_TERMS if own else _TERMS),
            model=options.model,
            released=about.released if about else "",
            dollars=dollars,
            batch_dollars=round(dollars * BATCH_SHARE, 6) if own else None,
        )

    @staticmethod
    @contextmanager
    def trial() -> Iterator[Mapping[str, Any]]:
        """Options under which it asks a server on this machine, which charges nobody."""
        with LocalServer(Behaviour(longest=320)) as server:
            yield {"base_url": server.base_url, "api_key_env": ""}

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order.

        Raises `BudgetReached` where the account's budget does not suffice for the next one.
        """
        return self._asker.forge(jobs, self._forge_one)

    def _forge_one(self, job: Job, stop: threading.Event) -> Forgery:
        raise CannotForge("unknown_operation", f"nobody asks for {job.operation}")


class ApiGenerate(_Asks):
    """Has a picture drawn from a prompt."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="api_generate",
        version="1",
        family="gpt-image",
        summary="Has a picture drawn from a prompt by a model behind OpenAI's images protocol.",
        domains=(Domain.NATURAL,),
        operations=("text_to_image",),
        needs=frozenset({Need.PROMPT, Need.NETWORK}),
        terms=OPENAI_TERMS,
        makes=Domain.AIGC,
        scope=Scope.FULL,
        reference=_REFERENCE,
        seconds=20.0,
    )
    Options: ClassVar[type[ApiGenerateOptions]] = ApiGenerateOptions

    def _forge_one(self, job: Job, stop: threading.Event) -> Forgery:
        size = None
        if job.picture is not None:
            height, width = job.picture.pixels.shape[:2]
            size = (width, height)
        drawn = self._asker.ask(Question(job.prompt or "", job.draw, size, {}), stop)
        return Forgery(
            job.job_id,
            drawn.pixels,
            Scope.FULL,
            None,
            parameters=drawn.facts,
            notes=(*drawn.notes, *_size_notes(drawn)),
        )


class ApiEdit(_Asks):
    """Has a picture changed as an instruction says."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="api_edit",
        version="1",
        family="gpt-image",
        summary="Has a picture edited by instruction, by a model behind OpenAI's images protocol.",
        domains=(Domain.NATURAL, Domain.DOCUMENT),
        operations=("instruct_edit",),
        needs=frozenset({Need.SOURCE, Need.PROMPT, Need.NETWORK}),
        terms=OPENAI_TERMS,
        scope=Scope.REGENERATED,
        reference=_REFERENCE,
        seconds=30.0,
    )
    Options: ClassVar[type[ApiEditOptions]] = ApiEditOptions

    def _forge_one(self, job: Job, stop: threading.Event) -> Forgery:
        return _edited(self._asker, job, None, None, stop)


class ApiInpaint(_Asks):
    """Has something drawn into a mask, or removed from it."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="api_inpaint",
        version="1",
        family="gpt-image",
        summary="Has a masked region redrawn or removed by a model behind OpenAI's images "
        "protocol; the model takes the mask for a hint and redraws the whole picture.",
        domains=(Domain.NATURAL, Domain.DOCUMENT),
        operations=("inpaint_object", "inpaint_remove"),
        needs=frozenset({Need.SOURCE, Need.MASK, Need.PROMPT, Need.NETWORK}),
        mask_kinds=(
            MaskKind.OBJECT,
            MaskKind.BOX,
            MaskKind.IRREGULAR,
            MaskKind.STUFF,
            MaskKind.SEGMENT,
            MaskKind.SUPPLIED,
        ),
        terms=OPENAI_TERMS,
        scope=Scope.REGENERATED,
        reference=_REFERENCE,
        seconds=30.0,
    )
    Options: ClassVar[type[ApiEditOptions]] = ApiEditOptions

    def _forge_one(self, job: Job, stop: threading.Event) -> Forgery:
        if job.mask is None or not job.mask.any():
            raise CannotForge("empty_mask", "there is nothing to redraw: the mask is empty")
        sent, applied = upload_mask(job.mask)
        if not applied.any():
            raise CannotForge("empty_mask", "nothing is left of the mask at the size of the upload")
        return _edited(self._asker, job, applied, sent, stop)


def _edited(
    asker: Asker, job: Job, applied: Mask | None, mask: bytes | None, stop: threading.Event
) -> Forgery:
    """A source after an edit. `applied`: the mask that is sent, if any; `mask`: its encoding."""
    source = upload(job.source.pixels)
    files = {"image": source.png} | ({} if mask is None else {"mask": mask})
    height, width = job.source.pixels.shape[:2]
    pixels = source.size[0] * source.size[1]
    question = Question(job.prompt or "", job.draw, (width, height), files, pixels)
    drawn = asker.ask(question, stop)
    if np.array_equal(drawn.pixels, job.source.pixels):
        raise CannotForge("no_change", "the picture came back as it was sent")
    notes = [*drawn.notes, *_size_notes(drawn)]
    if source.note is not None:
        notes.insert(0, source.note)
    if drawn.pixels.shape != job.source.pixels.shape:
        notes.append(
            f"The source is {width}x{height} and the picture came back as "
            f"{drawn.facts['received_size']}; it was not scaled back."
        )
    return Forgery(
        job.job_id,
        drawn.pixels,
        Scope.REGENERATED,
        applied,
        parameters=drawn.facts | {"uploaded_size": f"{source.size[0]}x{source.size[1]}"},
        notes=tuple(notes),
    )


def _size_notes(drawn: Drawn) -> tuple[str, ...]:
    asked, received = drawn.facts["asked_size"], drawn.facts["received_size"]
    return () if asked == received else (f"Asked for {asked}, the endpoint sent {received}.",)
