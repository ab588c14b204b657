"""What raters and their judges need to know of the samples that enter the set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.run import Run
from flows.stages import select, sources
from schemas.vocabulary import Domain, Label

_CAPTIONS = {
    Domain.NATURAL: "A photograph.",
    Domain.DEEPFAKE: "A photograph of a person.",
    Domain.DOCUMENT: "A captured page of a document.",
    Domain.AIGC: "A picture.",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """One sample. `caption` is None where none came with its source."""

    sample_id: str
    label: Label
    domain: Domain
    split: str
    operation: str | None
    generator: str | None
    caption: str | None

    @property
    def said(self) -> str:
        """The caption that is known, or what the domain alone says."""
        return self.caption or _CAPTIONS[self.domain]


def read_facts(run: Run) -> Mapping[str, Facts]:
    """All samples of the set, by id, in the order of their ids."""
    captions: dict[str, str | None] = {}
    for part in range(len(sources.chunks(run))):
        rows = run.part(sources.NAME, part).read(sources.TABLE, ("source_id", "source"))
        for row in rows.to_pylist():
            if row["source_id"] is not None:
                captions[row["source_id"]] = sources.parse_source(row["source"]).caption
    samples = sorted(select.read_samples(run), key=lambda row: str(row["sample_id"]))
    return {
        row["sample_id"]: Facts(
            sample_id=row["sample_id"],
            label=Label(row["label"]),
            domain=Domain(row["domain"]),
            split=row["split"],
            operation=row["operation"],
            generator=row["generator"],
            caption=captions.get(row["source_id"]),
        )
        for row in samples
    }


def fact_hashes(run: Run) -> list[object]:
    """Hashes of what `read_facts` reads."""
    parts = range(len(sources.chunks(run)))
    return [
        run.manifest(select.NAME).hashes(),
        [run.manifest(sources.NAME, part).hashes() for part in parts],
    ]
