"""The last step: the shortcut audit decides, then shards, card and figures become the set."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from upath import UPath

from curation.shortcuts.audit import AuditReport, audit
from curation.shortcuts.side_information import SideInformation
from dataset_cards.card import write_card
from flows.run import Run, software
from flows.stages import curate, forge, job_parts, judge, plan, publish, select, sources, weigh
from flows.stages.layout import ShardPlan, shard_plans
from flows.stages.rate import RATE
from flows.stages.referee import REFEREE
from schemas.errors import DatasetError
from schemas.manifest import AuditResult, Manifest, Shard, StageCounts
from schemas.picture import Codec
from schemas.vocabulary import Label
from storage.files import PARTIAL, explained, hash_file, is_local, sync_folder
from storage.parts import Counts
from storage.published import DEFAULT_CONFIG, MANIFEST, PublishedSet, write_manifest


class AuditRefusal(DatasetError):
    """The shortcut audit refuses to publish."""


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


def run_audit(run: Run, plans: list[ShardPlan]) -> AuditReport:
    """The shortcut audit of the default config's shards, from their side information."""
    rows = []
    for index, shard in enumerate(plans):
        if shard.config != DEFAULT_CONFIG:
            continue
        for row in run.part(publish.NAME, index).read(publish.SIDE).to_pylist():
            rows.append(
                SideInformation(
                    Label(row["label"]),
                    row["group_id"],
                    Codec(**json.loads(row["codec"])),
                    row["width"],
                    row["height"],
                    row["bytes"],
                )
            )
    return audit(rows, run.recipe.seed)


def audit_result(report: AuditReport) -> AuditResult:
    """The audit as it stands in the manifest."""
    return AuditResult(
        auc=round(report.auc, 4),
        low=round(report.low, 4),
        high=round(report.high, 4),
        classifier=report.classifier,
        rows=report.n_rows,
        features={feature.name: round(feature.auc, 4) for feature in report.features},
        note=report.note,
    )


def _refuse_if_told_apart(run: Run, result: AuditResult) -> None:
    limit = run.recipe.audit.max_auc
    if result.auc > limit and not run.recipe.audit.publish_anyway:
        worst = ", ".join(f"{name} {auc:.2f}" for name, auc in list(result.features.items())[:3])
        raise AuditRefusal(
            f"The shortcut audit refuses to publish: a classifier that never sees a picture tells "
            f"real from fake with an AUC of {result.auc:.2f}, above {limit:.2f}. What gives it "
            f"away: {worst}. Balance the sources and forgeries of the recipe, choose codec policy "
            f"'lossless' or 'jpeg', or set audit.publish_anyway: true to publish all the same."
        )


def assemble(run: Run) -> PublishedSet:
    """Publish the finished shards. The set at its place is replaced as a whole or not at all."""
    plans = shard_plans(run)
    result = audit_result(run_audit(run, plans))
    _refuse_if_told_apart(run, result)
    shards = [_shard(run, index, shard) for index, shard in enumerate(plans)]
    agreement, texts = weigh.read_reports(run)
    manifest = Manifest(
        counterfoil=software()["counterfoil"],
        recipe=portable_recipe(run),
        stages=stage_counts(run),
        shards=tuple(shards),
        audit=result,
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
        files = write_card(PublishedSet(folder, manifest))
        manifest = manifest.model_copy(update={"files": files})
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
    if there.model_copy(update={"files": {}}) != wanted:
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
    for entry in recipe["sources"]:
        if "path" in entry:
            entry["path"] = UPath(entry["path"]).name
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
