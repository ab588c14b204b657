"""What the card tells of the set's content: test sets that it touches, topics of its captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from curation.balance.content import compare_content, tell_by, tell_by_captions
from curation.balance.topics import sort_captions, sort_embeddings
from curation.contamination.hash_lists import read_hash_list
from flows.run import Run
from flows.stages import curate, plan, select, sources
from flows.stages.forging import job_parts
from schemas.manifest import BenchmarkFigures, ContentFigures, TopicFigures
from schemas.vocabulary import Label
from storage.files import location

_FEWEST = 40
_DIGITS = 4


def benchmark_figures(run: Run) -> tuple[BenchmarkFigures, ...]:
    """How much of each benchmark of the recipe was met among sources and forgeries."""
    sources, forgeries = (
        dict(zip(met["benchmark"].to_pylist(), met["pictures"].to_pylist(), strict=True))
        for met in (run.part(plan.NAME).read(plan.MET), run.part(select.NAME).read(select.MET))
    )
    return tuple(
        BenchmarkFigures(
            name=one.name,
            action=one.action,
            pictures=len(read_hash_list(location(one.path))),
            sources=sources[one.name],
            forgeries=forgeries[one.name],
        )
        for one in run.recipe.curation.contamination
    )


def content_figures(run: Run) -> ContentFigures | None:
    """The topics of real and fake; None where the recipe does not ask, or few have captions.

    Pictures are sorted by their embeddings where the recipe has them made, else by captions.
    """
    topics = run.recipe.curation.topics
    if topics.action == "off":
        return None
    told = run.part(select.NAME).read(select.CAPTIONS)
    captions = dict(zip(told["sample_id"].to_pylist(), told["caption"].to_pylist(), strict=True))
    rows = sorted(select.read_samples(run), key=lambda row: str(row["sample_id"]))
    texts = [captions.get(row["sample_id"]) for row in rows]
    groups = [row["group_id"] for row in rows]
    fake = np.array([row["label"] == Label.FAKE for row in rows], np.bool_)
    seed = run.recipe.seed
    if run.recipe.curation.duplicates.embeddings:
        vectors = _embeddings(run, [row["sample_id"] for row in rows])
        telling = tell_by(vectors, fake, groups, seed)
        found = compare_content(
            sort_embeddings(vectors, topics.count, seed, texts), fake, telling, seed
        )
    elif len({text for text in texts if text}) < _FEWEST:
        return None
    else:
        telling = tell_by_captions(texts, fake, groups, seed)
        found = compare_content(sort_captions(texts, topics.count, seed), fake, telling, seed)
    return ContentFigures(
        by="embeddings" if run.recipe.curation.duplicates.embeddings else "captions",
        topics=tuple(
            TopicFigures(words=one.words, real=one.real, fake=one.fake, lopsided=one.lopsided)
            for one in found.topics
        ),
        distance=round(found.distance, _DIGITS),
        by_chance=round(found.by_chance, _DIGITS),
        auc=round(telling.auc, _DIGITS),
        low=round(telling.low, _DIGITS),
        high=round(telling.high, _DIGITS),
        unknown=found.unknown_real + found.unknown_fake,
        said=found.said,
    )


def _embeddings(run: Run, sample_ids: Sequence[str]) -> npt.NDArray[np.float32]:
    """The embeddings of these samples, float32 (n, dimensions)."""
    found: dict[str, list[float]] = {}
    for stage, table, key, parts in (
        (sources.NAME, sources.TABLE, "source_id", len(sources.chunks(run))),
        (curate.NAME, curate.TABLE, "job_id", len(job_parts.part_jobs(run))),
    ):
        for part in range(parts):
            rows = run.part(stage, part).read(table, (key, "embedding"))
            found |= dict(zip(rows[key].to_pylist(), rows["embedding"].to_pylist(), strict=True))
    return np.array([found[sample_id] for sample_id in sample_ids], np.float32)
