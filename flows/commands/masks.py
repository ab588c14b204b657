"""`counterfoil masks`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from curation.mask_audit.audit import audit_masks, audit_published
from curation.mask_audit.pictures import set_pictures
from dataset_cards.mask_report import MASK_CHARTS, mask_section
from dataset_cards.quarantine_sheet import Quarantined, quarantine_sheet
from flows.run import Run, open_run
from flows.stages import curate, forge
from flows.stages.forging import job_parts
from flows.stages.forging.pictures import load_pictures
from schemas.errors import StorageError
from schemas.mask_audit import MaskAudit
from schemas.vocabulary import Status
from storage.codecs import decode
from storage.masks import decode_mask
from storage.picture_sets.opening import open_set
from storage.published import open_published

REPORT, SHEET = "masks.md", "quarantine.jpg"
_MOST = 200
"""Quarantined forgeries that are read for the sheet, which shows some of each reason."""


def run_masks(
    dataset: str, out: Path | None, most: int, mask_column: str | None, group_column: str | None
) -> None:
    """Audit the masks of `dataset`; write the report, and what was quarantined, into `out`.

    With `mask_column` it is any set of pictures, else a published one.
    """
    console = Console()
    with Console(stderr=True).status("Looking at masks …"):
        if mask_column is None:
            audit = audit_published(open_published(dataset), most=most)
        else:
            found = set_pictures(open_set(dataset), mask_column, group_column)
            audit = audit_masks(islice(found, most), Path(dataset).name)
    console.print(_table(audit))
    console.print(audit.verdict, highlight=False, markup=False)
    for reason, count in audit.unread.items():
        console.print(f"{count:,} could not be looked at: {reason}", highlight=False, markup=False)
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    for chart in MASK_CHARTS:
        (out / f"{chart.name}.png").write_bytes(chart.draw(audit))
    (out / REPORT).write_text(f"# Masks of {audit.name}\n\n{mask_section(audit, '.')}")
    try:
        refused = list(quarantined(open_run(dataset)))
    except StorageError:  # The published set alone: what was refused stayed in the run.
        refused = []
    if refused:
        (out / SHEET).write_bytes(quarantine_sheet(refused))
        console.print(f"{out / SHEET} shows what the gate refused, by reason.", highlight=False)
    console.print(f"The report is {out / REPORT}", highlight=False)


def quarantined(run: Run) -> Iterator[Quarantined]:
    """Forgeries of a run that the gate refused, with their pictures, at most some 200."""
    left = _MOST
    for part, jobs in enumerate(job_parts.part_jobs(run)):
        checked = run.part(curate.NAME, part).read(curate.TABLE).to_pylist()
        refused = {r["job_id"]: r for r in checked if r["status"] == Status.REJECTED}
        made = run.part(forge.NAME, part).select(forge.TABLE, "job_id", refused, ("image",))
        images = dict(zip(made["job_id"].to_pylist(), made["image"].to_pylist(), strict=True))
        planned = {job["job_id"]: job for job in jobs}
        ids = sorted({r["source_id"] for r in refused.values() if r["source_id"]})
        pictures = load_pictures(run, job_parts.source_places(run), ids)
        for job_id, row in sorted(refused.items()):
            if not left:
                return
            left -= 1
            source = pictures.get(row["source_id"])
            yield Quarantined(
                sample_id=job_id,
                operation=planned[job_id]["operation"],
                generator=planned[job_id]["generator"],
                reason=row["reason"],
                detail=row["detail"],
                forged=decode(images[job_id]),
                source=None if source is None else source.pixels,
                applied=None if row["applied"] is None else decode_mask(row["applied"]),
                observed=None if row["observed"] is None else decode_mask(row["observed"]),
            )


def _table(audit: MaskAudit) -> Table:
    table = Table(title=f"{audit.name}: masks", box=None)
    table.add_column("operation")
    for name in ("masks", "size", "applied = observed", "at border", "saliency", "on others"):
        table.add_column(name, justify="right")
    for one in (*audit.of("operation"), audit.whole):
        alike = one.agreement.get("applied_observed")
        seen = one.bias.maps[one.bias.strongest] if one.bias else None
        table.add_row(
            "all" if one.by == "all" else one.name,
            f"{one.samples:,}",
            f"{one.area.middle:.1%}",
            "-" if alike is None else f"{alike.middle:.2f}",
            f"{one.border:.0%}",
            "-" if seen is None else f"{seen.auc:.2f}",
            "-" if seen is None else f"{seen.null:.2f}",
        )
    return table
