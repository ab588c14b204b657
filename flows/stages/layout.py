"""Which samples go into which shard of which config, in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.run import Run
from flows.stages import forge, select, sources
from schemas.identity import unit_interval
from schemas.vocabulary import Label
from storage.published import DEFAULT_CONFIG

SPLITS = ("train", "validation", "test")
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """One shard: its samples, in order, and what it is called."""

    config: str
    split: str
    number: int
    of: int
    sample_ids: tuple[str, ...]

    @property
    def path(self) -> str:
        """Its path in the published set."""
        return f"data/{self.config}/{self.split}-{self.number:05d}-of-{self.of:05d}.parquet"


def shard_plans(run: Run) -> list[ShardPlan]:
    """All shards of the set, those of the default config first."""
    most = run.recipe.publish.shard_megabytes * _MEGABYTE
    return list(plan_shards(select.read_samples(run), _sizes(run), run.recipe.seed, most))


def plan_shards(
    samples: Iterable[Mapping[str, Any]], sizes: Mapping[str, int], seed: int, most: int
) -> Iterator[ShardPlan]:
    """Shards of at most `most` bytes of pictures (`sizes`, by sample id).

    The default config holds every sample. Each generator with forgeries in the test split also has
    a config of its own, for evaluation: those forgeries and the real pictures they were made from.
    Rows are ordered by a hash, so that every stretch of a shard mixes real and fake.
    """
    configs: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in samples:
        configs[DEFAULT_CONFIG, row["split"]].add(row["sample_id"])
        if row["label"] == Label.FAKE and row["split"] == "test":
            configs[row["generator"], "test"] |= {row["sample_id"], row["source_id"]}
    for config, split in sorted(
        configs, key=lambda pair: (pair[0] != DEFAULT_CONFIG, pair[0], SPLITS.index(pair[1]))
    ):
        ids = sorted(configs[config, split], key=lambda i: unit_interval(seed, "order", i))
        shards = list(_cut(ids, sizes, most))
        for number, shard in enumerate(shards):
            yield ShardPlan(config, split, number, len(shards), tuple(shard))


def _cut(ids: Sequence[str], sizes: Mapping[str, int], most: int) -> Iterator[list[str]]:
    shard: list[str] = []
    total = 0
    for sample_id in ids:
        if shard and total + sizes[sample_id] > most:
            yield shard
            shard, total = [], 0
        shard.append(sample_id)
        total += sizes[sample_id]
    if shard:
        yield shard


def _sizes(run: Run) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for stage, table, key, parts in (
        (sources.NAME, sources.TABLE, "source_id", len(sources.chunks(run))),
        (forge.NAME, forge.TABLE, "job_id", len(forge.part_jobs(run))),
    ):
        for part in range(parts):
            rows = run.part(stage, part).read(table, (key, "size"))
            sizes |= dict(zip(rows[key].to_pylist(), rows["size"].to_pylist(), strict=True))
    return sizes
