"""`counterfoil transfer` and `counterfoil scaling`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from detector.data.rows import open_rows
from detector.probes.cache import Progress as Watching
from detector.probes.cache import features_of
from detector.probes.contract import Extractor
from detector.probes.registry import extractor_named
from detector.studies.material import BY, COLUMNS, Material, named
from detector.studies.power_law import PowerLaw
from detector.studies.resampling import Estimate
from detector.studies.scaling import AHEAD, Scaling, scaling_curves
from detector.studies.scaling_figure import scaling_figure
from detector.studies.scaling_tables import (
    points_table,
    scaling_json,
    scaling_page,
    scaling_sentences,
)
from detector.studies.transfer import EVERYTHING, Transfer, all_but, transfer_matrix
from detector.studies.transfer_figure import transfer_figure
from detector.studies.transfer_findings import sentences, told
from detector.studies.transfer_tables import FEW, cells_table, transfer_json, transfer_page
from flows.watching import Watch
from flows.workers import side_by_side
from schemas.errors import CounterfoilError, DatasetError
from storage.files import location, write_bytes, writing
from storage.published import DEFAULT_CONFIG, PublishedSet, open_published

FEATURES = ".features"
"""The folder, beside what studies write, that computed features are kept in."""
_SPLITS = ("train", "test")


def run_transfer(
    dataset: str,
    by: str = "operation",
    features: str = "residuals",
    seeds: int = 3,
    config: str = DEFAULT_CONFIG,
    out: Path | None = None,
    equal: bool = True,
) -> None:
    """Measure which values of `by` teach which, print it, and write it to `out`.

    With `equal` every row learns from as many pictures; else each from all that it has.
    """
    _check_by(by, BY)
    console = Console()
    extractor = extractor_named(features)
    published = open_published(dataset)
    folder = out or Path("studies") / _set_name(published)
    train, test = _material(published, config, extractor, by, folder / FEATURES)
    with _fits() as bar:
        task = bar.add_task("Learning and asking", total=None)
        study = transfer_matrix(
            train,
            test,
            by,
            features,
            seeds=seeds,
            equal=equal,
            start=lambda fits: bar.update(task, total=fits),
            advance=lambda fits: bar.advance(task, fits),
        )
    name = _set_name(published)
    files = {
        "transfer.json": transfer_json(study),
        "transfer.md": transfer_page(study, name).encode(),
        "transfer.png": transfer_figure(study),
    }
    _write(folder, files, "transfer.parquet", cells_table(study))
    console.print(_transfer_table(study, name))
    for sentence in sentences(study):
        console.print(f"→ {sentence}", highlight=False, markup=False)
    _where(console, folder, "transfer")


def run_scaling(
    dataset: str,
    by: str = "domain",
    features: str = "residuals",
    seeds: int = 3,
    config: str = DEFAULT_CONFIG,
    out: Path | None = None,
) -> None:
    """Measure how the error falls with more pictures, print it, and write it to `out`."""
    _check_by(by, (*BY, "none"))
    console = Console()
    extractor = extractor_named(features)
    published = open_published(dataset)
    folder = out or Path("studies") / _set_name(published)
    column = None if by == "none" else by
    train, test = _material(published, config, extractor, column, folder / FEATURES)
    with _fits() as bar:
        task = bar.add_task("Learning and asking", total=None)
        study = scaling_curves(
            train,
            test,
            column,
            features,
            seeds=seeds,
            start=lambda fits: bar.update(task, total=fits),
            advance=lambda fits: bar.advance(task, fits),
        )
    name = _set_name(published)
    files = {
        "scaling.json": scaling_json(study),
        "scaling.md": scaling_page(study, name).encode(),
        "scaling.png": scaling_figure(study),
    }
    _write(folder, files, "scaling.parquet", points_table(study))
    console.print(_scaling_table(study, name))
    for sentence in scaling_sentences(study):
        console.print(f"→ {sentence}", highlight=False, markup=False)
    _where(console, folder, "scaling")


def _check_by(by: str, known: tuple[str, ...]) -> None:
    if by not in known:
        raise CounterfoilError(f"--by {by}: a study goes by {', '.join(known)}")


def _set_name(published: PublishedSet) -> str:
    """The name of the set's folder, or of its run where that is called `dataset`."""
    folder = published.folder
    return str(folder.parent.name if folder.name == "dataset" else folder.name) or "set"


def _material(
    published: PublishedSet, config: str, extractor: Extractor, by: str | None, cache: Path
) -> tuple[Material, Material]:
    """The training and the test split, with features. All else is checked before these."""
    opened = []
    for split in _SPLITS:
        if not any(shard.rows for shard in published.shards(config, split)):
            raise DatasetError(
                f"{published.folder} has no {split} split in config {config!r}: studies learn from "
                "train and measure on test. Build it with `splits:` in its recipe, or name another "
                "--config."
            )
        rows = open_rows(published, split, config=config, columns=COLUMNS)
        opened.append((rows, named(rows, by)))
    found = []
    with Watch("Looking at pictures") as watch:
        pieces = [0]

        def start(count: int) -> None:
            pieces[0] += count
            watch.start(pieces[0])

        progress = Watching(start, watch.advance)
        for rows, columns in opened:
            features = features_of(rows, extractor, cache, side_by_side, progress)
            found.append(columns.with_features(features))
    return found[0], found[1]


def _fits() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        TextColumn("{task.completed:.0f}/{task.total} probes"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        disable=not console.is_terminal,
    )


def _write(folder: Path, files: Mapping[str, bytes], table_name: str, table: pa.Table) -> None:
    for name, data in files.items():
        write_bytes(location(folder / name), data)
    with writing(location(folder / table_name)) as file:
        pq.write_table(table, file, compression="zstd")


def _where(console: Console, folder: Path, study: str) -> None:
    console.print(
        f"Wrote {study}.md, {study}.png, {study}.json and {study}.parquet in {folder}",
        highlight=False,
        markup=False,
    )


def _transfer_table(study: Transfer, name: str) -> Table:
    """A line a value: how well it is told when learnt from itself, from others, from all."""
    table = Table(
        title=f"Transfer by {study.by} in {name}: AUC and 95 % interval",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for header in (study.by, "from itself", "best other teacher", "from all but it", EVERYTHING):
        table.add_column(header, justify="left" if header == study.by else "right")
    rows = {lesson.name: row for row, lesson in enumerate(study.lessons)}
    taught = [value.name for value in study.values if value.teaches]
    for column, value in enumerate(study.values):
        others = [
            (study.cell(rows[other], column), other) for other in taught if other != value.name
        ]
        known = [(cell.value, other) for cell, other in others if cell is not None]
        best = max(known, default=None)
        table.add_row(
            value.name,
            _cell(study, rows, value.name, column),
            "–" if best is None else f"{best[1]} {best[0]:.2f}",
            _cell(study, rows, all_but(value.name), column),
            _cell(study, rows, EVERYTHING, column),
        )
    return table


def _cell(study: Transfer, rows: Mapping[str, int], lesson: str, column: int) -> str:
    if lesson not in rows:
        return FEW if lesson != EVERYTHING else "–"
    cell = study.cell(rows[lesson], column)
    return FEW if cell is None else _short(cell)


def _short(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} {estimate.low:.2f}–{estimate.high:.2f}"


def _scaling_table(study: Scaling, name: str) -> Table:
    """A line a curve: where it stands, its exponent, and where it leads."""
    table = Table(
        title=f"Scaling in {name}: balanced error and 95 % interval",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    ahead = f"at {AHEAD[-1]}× (extrapolated)"
    for header in ("", "pictures", "error", "b", ahead):
        table.add_column(header, justify="right" if header else "left")
    for curve in study.curves:
        if curve.few:
            table.add_row(curve.name, "–", FEW, "–", "–")
            continue
        last = Estimate.of(curve.accuracy[:, -1])
        b = further = "no law"
        if isinstance(curve.law, PowerLaw):
            exponent = curve.law.exponent()
            beyond = curve.law.error(float(curve.pictures[-1]) * AHEAD[-1])
            b = told(exponent) if exponent else b
            further = told(beyond) if beyond else further
        error = "–" if last is None else told(last)
        table.add_row(curve.name, f"{curve.pictures[-1]:,.0f}", error, b, further)
    return table
