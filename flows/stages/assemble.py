"""The last step: the shortcut audit decides, then shards, card and figures become the set."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from upath import UPath

from curation.contamination.canary import canary
from flows.card_drawing import draw_card
from flows.run import Run, software
from flows.stages import curate, forge, judge, plan, publish, select, sources, weigh
from flows.stages.forging import job_parts
from flows.stages.publishing.layout import ShardPlan, shard_plans
from flows.stages.publishing.noticing import benchmark_figures, content_figures
from flows.stages.publishing.shortcut_gate import refuse_if_told_apart, rounded, run_audit
from flows.stages.rate import RATE
from flows.stages.referee import REFEREE
from schemas.manifest import Manifest, Shard, StageCounts
from storage.files import PARTIAL, explained, hash_file, is_local, sync_folder
from storage.parts import Counts
from storage.published import MANIFEST, PublishedSet, write_manifest


def stage_counts(run: Run) -> tuple[StageCounts, ...]:
    """What became of everything that was read and planned, stage by stage."""
    planned = plan.read_plan(run)
    forge_parts = len(job_parts.part_jobs(run))
    totals = {
        "sources": _total(run, sources.NAME, len(sources.chunks(run))),
        "source duplicates": planned.kept_counts(),
        "plan": planned.job_counts(),
        "forge": _total(run, forge.NAME, forge_parts),
        "curate": _total(run, curate.NAME, forge_parts),
        "select": run.manifest(select.NAME).counts,
    }
    for stage in (RATE, REFEREE):
        if parts := stage.count(run):
            totals[stage.name] = _total(run, stage.name, parts)
    for name, counts in totals.items():
        counts.check(name)
    return tuple(
        StageCounts(
            stage=name,
            planned=counts.planned,
            ok=counts.ok,
            rejected=counts.rejected,
            failed=counts.failed,
            reasons=dict(counts.reasons),
        )
        for name, counts in totals.items()
    )


def _total(run: Run, stage: str, parts: int) -> Counts:
    return sum((run.manifest(stage, part).counts for part in range(parts)), Counts())


def assemble(run: Run) -> PublishedSet:
    """Publish the finished shards. The set at its place is replaced as a whole or not at all."""
    plans = shard_plans(run)
    audit = rounded(run_audit(run, plans))
    refuse_if_told_apart(audit, run.recipe.audit)
    shards = [_shard(run, index, shard) for index, shard in enumerate(plans)]
    agreement, texts = weigh.read_reports(run)
    manifest = Manifest(
        counterfoil=software()["counterfoil"],
        recipe=portable_recipe(run),
        stages=stage_counts(run),
        shards=tuple(shards),
        canary=canary(run.recipe.name, run.recipe.seed),
        remarks=tuple(plan.read_plan(run).remarks["remark"].to_pylist()),
        audit=audit,
        contamination=benchmark_figures(run),
        content=content_figures(run),
        rater=judge.read_report(run),
        agreement=agreement,
        texts=texts,
        versions=software(),
    )
    if _stands(run, manifest):
        return PublishedSet(run.dataset, _read_manifest(run.dataset))
    with _replacing(run.dataset) as folder:
        for index, shard in enumerate(shards):
            _place(run.part(publish.NAME, index).table_path(publish.SHARD), folder / shard.path)
        manifest = draw_card(PublishedSet(folder, manifest))
        write_manifest(folder, manifest)
    return PublishedSet(run.dataset, manifest)


def _read_manifest(folder: UPath) -> Manifest:
    return Manifest.model_validate_json((folder / MANIFEST).read_bytes())


def _stands(run: Run, wanted: Manifest) -> bool:
    """Whether the set at its place is the wanted one, with every file intact."""
    try:
        there = _read_manifest(run.dataset)
    except (OSError, ValueError):
        return False
    if there.model_copy(update={"files": {}, "masks": {}}) != wanted:
        return False
    hashes = {shard.path: shard.sha256 for shard in there.shards} | there.files
    return all(
        (run.dataset / path).exists() and hash_file(run.dataset / path) == known
        for path, known in hashes.items()
    )


def _shard(run: Run, index: int, shard: ShardPlan) -> Shard:
    manifest = run.manifest(publish.NAME, index)
    path = run.part(publish.NAME, index).table_path(publish.SHARD)
    return Shard(
        path=shard.path,
        config=shard.config,
        split=shard.split,
        rows=manifest.counts.ok,
        bytes=path.stat().st_size,
        sha256=manifest.tables[publish.SHARD],
    )


def portable_recipe(run: Run) -> dict[str, Any]:
    """The recipe without paths of this machine: a folder is named by its last part alone."""
    recipe: dict[str, Any] = run.recipe.model_dump(mode="json")
    for entry in [*recipe["sources"], *recipe["curation"]["contamination"]]:
        if "path" in entry:
            entry["path"] = UPath(entry["path"]).name
    for section, field in (("curation", "tombstones"), ("splits", "like")):
        if recipe[section][field] is not None:
            recipe[section][field] = UPath(recipe[section][field]).name
    for entry in recipe["forge"]:
        for option, value in entry["options"].items():
            if isinstance(value, str) and UPath(value).is_absolute():
                entry["options"][option] = UPath(value).name
    return recipe


@contextmanager
def _replacing(folder: UPath) -> Iterator[UPath]:
    """A folder to fill that takes the place of `folder` at the end.

    Locally by renames, so that the old set stands until the new one is whole. In an object store,
    where folders cannot be renamed, the old manifest goes first and the new one comes last: a set
    without a manifest is unfinished.
    """
    if not is_local(folder):
        if (folder / MANIFEST).exists():
            (folder / MANIFEST).unlink()
        yield folder
        return
    target = Path(folder.path)
    new, old = target.with_name(target.name + PARTIAL), target.with_name(target.name + ".old")
    with explained(f"publishing to {target}"):
        for leftover in (new, old):
            if leftover.exists():
                shutil.rmtree(leftover)
        new.mkdir(parents=True)
        yield UPath(new)
        if target.exists():
            target.rename(old)
        new.rename(target)
        sync_folder(target.parent)
        if old.exists():
            shutil.rmtree(old)


def _place(shard: UPath, target: UPath) -> None:
    """Bring a finished shard into the set: a hard link where the file system can, else a copy."""
    with explained(f"publishing {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        if is_local(shard) and is_local(target):
            try:
                Path(target.path).hardlink_to(shard.path)
                return
            except OSError:
                pass
            shutil.copyfile(shard.path, target.path)
            return
        with shard.open("rb") as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink)
