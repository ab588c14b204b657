"""A public set as a generator: what nobody here can run enters as what somebody else made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from generators.contract import CannotForge, GeneratorSpec, Item, forge_each
from generators.imports.collection import Entry, PublicSet
from generators.imports.mmfr import MADE
from generators.imports.opening import open_set
from generators.imports.options import UNKNOWN, ImportOptions
from generators.imports.trial import trial_set
from generators.provenance_marks import plain_marks
from schemas.errors import GeneratorError
from schemas.identity import hash_bytes
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask
from schemas.vocabulary import OPERATIONS, Domain, Scope
from storage.reading import UnreadablePicture, read_mask, read_picture, read_with_notes

_JPEG = b"\xff\xd8"
_NEVER_KNOWN = ("seed", "sampling")


class Import:
    """Takes pictures of a public set as they are, and says what is not known of them."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="import",
        version="1",
        family=UNKNOWN,
        summary="Takes the pictures of a public set: a folder, a hub data set, MMFR-Dataset.",
        domains=(Domain.NATURAL, Domain.DEEPFAKE, Domain.DOCUMENT),
        operations=tuple(OPERATIONS),
        needs=frozenset(),
        makes=Domain.AIGC,
        scope=Scope.FULL,
        terms="Those of the set, as the option licence says; unknown where it says nothing.",
        model=UNKNOWN,
        autoencoder=UNKNOWN,
        seconds=0.05,
    )
    Options: ClassVar[type[ImportOptions]] = ImportOptions

    def __init__(self, options: ImportOptions) -> None:
        if not options.path:
            raise GeneratorError(
                "import needs the option path: a folder, an fsspec URL, or the name of a data set "
                "on the Hugging Face hub"
            )
        self.options = options

    @staticmethod
    def trial() -> AbstractContextManager[Mapping[str, Any]]:
        """Options for a small folder of pictures, which is gone afterwards."""
        return trial_set()

    def configured(self) -> GeneratorSpec:
        """The spec with what the options tell of the set."""
        options = self._told
        return replace(
            self.spec,
            family=options.family,
            model=options.model,
            autoencoder=options.autoencoder,
            # A date or nothing: the column of release dates is compared.
            released="" if options.released == UNKNOWN else options.released,
            makes=options.domain,
            scope=self._scope,
            terms="; ".join(filter(None, (f"licence: {options.licence}", options.attribution))),
        )

    def items(self, count: int) -> Sequence[Item]:
        """The items to take. Raises `GeneratorError` for a set that is not there or has none."""
        return self._set.items(count)

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order, with the picture of its item."""
        waiting = list(jobs)
        self._set.fetch([job.item for job in waiting if job.item is not None])
        return forge_each(waiting, self._forge_one)

    def _forge_one(self, job: Job) -> Forgery:
        if job.item is None:
            raise CannotForge("no_item", "the job names no item of the set")
        entry = self._set.read(job.item)
        try:
            pixels, codec, notes = read_with_notes(entry.data, self.options.min_side)
            applied = self._mask(entry, pixels.shape[0], pixels.shape[1])
        except UnreadablePicture as error:
            raise CannotForge(error.reason, f"{entry.file}: {error.detail}") from error
        parameters = {
            **self._set.facts,
            "item": job.item,
            "file": entry.file,
            "sha256": hash_bytes(entry.data),
            "codec": asdict(codec),
            "licence": self._told.licence,
            "attribution": self._told.attribution,
            "unknown": self._unknown(job, entry),
            "provenance_found": plain_marks(entry.data),
            **entry.known,
        }
        if applied is not None:
            parameters["applied"] = "imported mask"
        return Forgery(job.job_id, pixels, self._scope, applied, None, parameters, notes)

    def _mask(self, entry: Entry, height: int, width: int) -> Mask | None:
        if entry.mask is None:
            return None
        if entry.mask.startswith(_JPEG):
            # Lossy edges ring; half of white is where the set's makers drew the line.
            grey = read_picture(entry.mask)[0].mean(axis=2)
            if grey.shape != (height, width):
                detail = f"the mask is {grey.shape[1]} by {grey.shape[0]}, not {width} by {height}"
                raise UnreadablePicture("bad_mask", detail)
            mask = np.asarray(grey >= 128, np.bool_)
        else:
            mask = read_mask(entry.mask, height, width)
        if self.options.invert_masks:
            mask = ~mask
        if not mask.any():
            raise CannotForge("empty_mask", f"the mask of {entry.file} is 0 everywhere")
        return mask

    def _unknown(self, job: Job, entry: Entry) -> list[str]:
        options = self._told
        names = ("model", "family", "autoencoder", "released", "licence")
        unknown = [name for name in names if getattr(options, name) == UNKNOWN]
        unknown += [] if options.attribution else ["attribution"]
        unknown += [] if job.prompt else ["prompt"]
        facts = [name for name, value in self._set.facts.items() if value == UNKNOWN]
        return sorted({*unknown, *facts, *entry.lacking, *_NEVER_KNOWN})

    @property
    def _scope(self) -> Scope:
        return Scope.REGENERATED if self.options.has_masks else Scope.FULL

    @cached_property
    def _set(self) -> PublicSet:
        return open_set(self.options)

    @cached_property
    def _told(self) -> ImportOptions:
        """The options, and for MMFR-Dataset what its paper tells where they say nothing."""
        made = MADE.get(self.options.generator or "")
        if made is None:
            return self.options
        known = {"model": made.model, "family": made.family, "released": made.released}
        missing = {k: v for k, v in known.items() if getattr(self.options, k) == UNKNOWN}
        return self.options.model_copy(update=missing)
