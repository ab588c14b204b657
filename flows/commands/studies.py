"""`counterfoil transfer` and `counterfoil scaling`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from detector.data.rows import open_rows
from detector.probes.cache import Progress as Watching
from detector.probes.cache import features_of
from detector.probes.contract import Extractor
from detector.probes.registry import extractor_named
from detector.studies.material import BY, COLUMNS, Material, named
from detector.studies.scaling import Scaling, scaling_curves
from detector.studies.scaling_figure import scaling_figure
from detector.studies.scaling_tables import (
    points_table,
    scaling_json,
    scaling_page,
    scaling_sentences,
)
from detector.studies.transfer import Transfer, transfer_matrix
from detector.studies.transfer_figure import transfer_figure
from detector.studies.transfer_findings import sentences
from detector.studies.transfer_tables import cells_table, transfer_json, transfer_page
from flows.bars import Bars
from flows.commands.measured_set import set_name
from flows.commands.study_tables import scaling_table, transfer_table
from flows.watching import Watch
from flows.workers import side_by_side
from schemas.errors import CounterfoilError, DatasetError
from storage.files import location, write_bytes, writing
from storage.published import DEFAULT_CONFIG, PublishedSet, open_published

FEATURES = ".features"
"""The folder, beside what studies write, that computed features are kept in."""
_SPLITS = ("train", "test")
_Study = TypeVar("_Study")
_Measured = TypeVar("_Measured", covariant=True)


class _Measure(Protocol[_Measured]):
    """Learns from the one material and asks about the other."""

    def __call__(
        self,
        train: Material,
        test: Material,
        *,
        start: Callable[[int], None],
        advance: Callable[[int], None],
    ) -> _Measured:
        """`start` is told the number of probes, `advance` of each."""
        ...


@dataclass(frozen=True, slots=True)
class _Shown(Generic[_Study]):
    """How a study is written down and printed. `page` and `printed` are given the set's name."""

    name: str
    json: Callable[[_Study], bytes]
    page: Callable[[_Study, str], str]
    figure: Callable[[_Study], bytes]
    table: Callable[[_Study], pa.Table]
    printed: Callable[[_Study, str], Table]
    sentences: Callable[[_Study], list[str]]


class _Probes(Bars):
    """Follows probes as they learn and are asked."""

    def __init__(self) -> None:
        super().__init__("Learning and asking", "{task.completed:.0f}/{task.total} probes")
        self._task = self.bars.add_task("", total=None, visible=False)

    def start(self, fits: int) -> None:
        """So many are to learn."""
        self.bars.update(self._task, total=fits, visible=True)

    def advance(self, fits: int) -> None:
        """So many more have learnt."""
        self.bars.advance(self._task, fits)


_TRANSFER: _Shown[Transfer] = _Shown(
    "transfer",
    transfer_json,
    transfer_page,
    transfer_figure,
    cells_table,
    transfer_table,
    sentences,
)
_SCALING: _Shown[Scaling] = _Shown(
    "scaling",
    scaling_json,
    scaling_page,
    scaling_figure,
    points_table,
    scaling_table,
    scaling_sentences,
)


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
    measure = partial(transfer_matrix, by=by, features=features, seeds=seeds, equal=equal)
    _run(_TRANSFER, measure, dataset, by, features, config, out)


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
    column = None if by == "none" else by
    measure = partial(scaling_curves, by=column, features=features, seeds=seeds)
    _run(_SCALING, measure, dataset, column, features, config, out)


def _check_by(by: str, known: tuple[str, ...]) -> None:
    if by not in known:
        raise CounterfoilError(f"--by {by}: a study goes by {', '.join(known)}")


def _run(
    shown: _Shown[_Study],
    measure: _Measure[_Study],
    dataset: str,
    by: str | None,
    features: str,
    config: str,
    out: Path | None,
) -> None:
    """Open the set, measure, write, print. What may be wrong is found before anything is made."""
    extractor = extractor_named(features)
    published = open_published(dataset)
    name = set_name(published)
    folder = out or Path("studies") / name
    train, test = _material(published, config, extractor, by, folder / FEATURES)
    with _Probes() as probes:
        study = measure(train, test, start=probes.start, advance=probes.advance)
    _write(shown, study, name, folder)
    console = Console()
    console.print(shown.printed(study, name))
    for sentence in shown.sentences(study):
        console.print(f"→ {sentence}", highlight=False, markup=False)
    about = shown.name
    console.print(
        f"Wrote {about}.md, {about}.png, {about}.json and {about}.parquet in {folder}",
        highlight=False,
        markup=False,
    )


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


def _write(shown: _Shown[_Study], study: _Study, name: str, folder: Path) -> None:
    files = {
        "json": shown.json(study),
        "md": shown.page(study, name).encode(),
        "png": shown.figure(study),
    }
    table = shown.table(study)
    for ending, data in files.items():
        write_bytes(location(folder / f"{shown.name}.{ending}"), data)
    with writing(location(folder / f"{shown.name}.parquet")) as file:
        pq.write_table(table, file, compression="zstd")
