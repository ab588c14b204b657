"""Which samples go into which shard of which config, in which order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.run import Run
from flows.stages import forge, select, sources
from flows.stages.forging import job_parts
from schemas.identity import unit_interval
from schemas.recipe import Recipe
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
    return list(plan_shards(select.read_samples(run), _sizes(run), run.recipe, most))


def plan_shards(
    samples: Sequence[Mapping[str, Any]], sizes: Mapping[str, int], recipe: Recipe, most: int
) -> Iterator[ShardPlan]:
    """Shards of at most `most` bytes of pictures (`sizes`, by sample id).

    The default config holds every sample. Each generator with forgeries in the test split also has
    a config of its own, for evaluation: those forgeries, and the real pictures they were made from
    or, for those that came without, as many of the `sources` that their entry names. Rows are
    ordered by a hash, so that every stretch of a shard mixes real and fake.
    """
    seed = recipe.seed
    configs: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    alone: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for row in samples:
        configs[DEFAULT_CONFIG, row["split"]].add(row["sample_id"])
        if row["label"] == Label.FAKE and row["split"] == "test":
            entry = recipe.forge[row["entry"]]
            config = entry.config_name
            configs[config, "test"].add(row["sample_id"])
            if row["source_id"] is None:
                alone[config, entry.sources] += 1
            else:
                configs[config, "test"].add(row["source_id"])
    for (config, names), count in alone.items():
        configs[config, "test"] |= set(_beside(samples, recipe, names, count))
    for config, split in sorted(
        configs, key=lambda pair: (pair[0] != DEFAULT_CONFIG, pair[0], SPLITS.index(pair[1]))
    ):
        ids = sorted(configs[config, split], key=lambda i: unit_interval(seed, "order", i))
        shards = list(_cut(ids, sizes, most))
        for number, shard in enumerate(shards):
            yield ShardPlan(config, split, number, len(shards), tuple(shard))


def _beside(
    samples: Sequence[Mapping[str, Any]], recipe: Recipe, names: Sequence[str], count: int
) -> list[str]:
    """Ids of `count` real test pictures of the sources named, of any natural ones where none is."""
    real = [row for row in samples if row["label"] == Label.REAL and row["split"] == "test"]
    fitting = [
        row["sample_id"]
        for row in real
        if (recipe.sources[row["entry"]].name in names if names else row["domain"] == "natural")
    ]
    return sorted(fitting, key=lambda i: unit_interval(recipe.seed, "beside", i))[:count]


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
        (forge.NAME, forge.TABLE, "job_id", len(job_parts.part_jobs(run))),
    ):
        for part in range(parts):
            rows = run.part(stage, part).read(table, (key, "size"))
            sizes |= dict(zip(rows[key].to_pylist(), rows["size"].to_pylist(), strict=True))
    return sizes
