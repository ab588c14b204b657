"""`counterfoil audit`."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from curation.shortcuts.audit import audit
from dataset_cards.shortcut_report import render_shortcut_report
from dataset_cards.shortcut_wording import auc_text, headline, standing
from flows.auditing.features import Gathered, gather_features
from flows.auditing.labelling import FAKE_NAMES, REAL_NAMES, Labelling
from flows.watching import Watch
from schemas.errors import DatasetError
from schemas.shortcuts import AuditedSet, AuditReport, Verdict
from schemas.vocabulary import Label
from storage.files import explained, location
from storage.picture_sets.choice import NOTHING, Choice
from storage.picture_sets.contract import PictureSet
from storage.picture_sets.opening import open_set

_COLOURS = {Verdict.PASS: "green", Verdict.REFUSE: "red"}
_MOST_FINDINGS = 8


def run_audit_command(
    path: str,
    label_column: str | None = None,
    group_column: str | None = None,
    limit: float = 0.6,
    html: str | None = None,
    real: tuple[str, ...] = (),
    fake: tuple[str, ...] = (),
    choice: Choice = NOTHING,
    seed: int = 0,
    workers: int | None = None,
    json: str | None = None,
) -> None:
    """Audit the pictures at `path`; print the verdict; write the page and the report where asked.

    Ends the program with exit code 1 where the set is refused, so that it can stand in a CI job.
    Raises `DatasetError` where there are no labels, or only one of them.
    """
    pictures = open_set(path, choice)
    report, audited = audit_set(
        pictures, Labelling(label_column, group_column, real, fake), limit, seed, workers
    )
    if json is not None:
        _write(json, report.model_dump_json(indent=2) + "\n")
    if html is not None:
        _write(html, render_shortcut_report(report, audited))
    _print(report, audited, html)
    if report.verdict is Verdict.REFUSE:
        raise typer.Exit(1)


def audit_set(
    pictures: PictureSet,
    labelling: Labelling,
    limit: float = 0.6,
    seed: int = 0,
    workers: int | None = None,
) -> tuple[AuditReport, AuditedSet]:
    """The audit of any set of pictures, and what it says of itself."""
    with Watch("Looking at files") as watch:
        found = gather_features(
            pictures, labelling, workers=workers, started=watch.start, advance=watch.advance
        )
    _check(pictures, labelling, found)
    audited = AuditedSet(
        name=_short(pictures.name),
        labels=labelling.where_labels(),
        groups=labelling.where_groups(),
        n_unread=found.n_unread,
        unread=found.unread,
    )
    return audit(found.table, seed, limit=limit), audited


def _check(pictures: PictureSet, labelling: Labelling, found: Gathered) -> None:
    """Every picture that can be read has a label, and there are both."""
    if found.unlabelled:
        raise DatasetError(
            f"{pictures.name}: {found.unlabelled:,} pictures have no label that is known, such as "
            f"{found.example}. Name the column with --label-column, or what the labels or folders "
            f"are called with --real NAME and --fake NAME (by default real: "
            f"{', '.join(REAL_NAMES[:5])} …, fake: {', '.join(FAKE_NAMES[:5])} …)."
        )
    counts = dict.fromkeys(Label, 0)
    for entry in found.table["label"].value_counts().to_pylist():
        counts[Label(entry["values"])] = entry["counts"]
    missing = [label.value for label, count in counts.items() if not count]
    if len(missing) == 2:
        raise DatasetError(f"{pictures.name} has no picture that could be read")
    if missing:
        raise DatasetError(
            f"{pictures.name} has no {missing[0]} pictures, only {sum(counts.values()):,} of the "
            "other kind: there is nothing to tell apart. Name both with --real and --fake."
        )


def _print(report: AuditReport, audited: AuditedSet, html: str | None) -> None:
    console = Console()
    colour = _COLOURS.get(report.verdict, "yellow")
    console.print(f"[bold {colour}]{standing(report)}.[/] {headline(report)}", highlight=False)
    if report.findings:
        table = Table("what gives it away", "AUC", "real", "fake", box=None, pad_edge=False)
        for finding in report.findings[:_MOST_FINDINGS]:
            table.add_row(finding.title, auc_text(finding.auc), finding.real, finding.fake)
        console.print(table)
        for remedy in dict.fromkeys(one.remedy for one in report.findings[:_MOST_FINDINGS]):
            console.print(f"→ {remedy}", highlight=False, markup=False)
    bad = [one for one in report.slices if one.tells]
    if bad:
        told = ", ".join(
            f"{one.name} {auc_text(one.estimate.auc)}" for one in bad if one.estimate is not None
        )
        console.print(f"By {' and '.join(dict.fromkeys(one.kind for one in bad))}: {told}")
    if audited.n_unread:
        first = audited.unread[0]
        console.print(
            f"{audited.n_unread:,} files could not be read, such as {first.key} ({first.reason})",
            highlight=False,
            markup=False,
        )
    if html is not None:
        console.print(f"The page is {html}", highlight=False, markup=False)


def _write(path: str, text: str) -> None:
    with explained(f"writing {path}"):
        place = location(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def _short(name: str) -> str:
    """The set's name without the folders of this machine around it."""
    return Path(name).name or name if name.startswith(("/", ".", "~")) else name
