"""`counterfoil evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from rich.console import Console
from upath import UPath

from detector.baselines.registry import BASELINES, baseline_named, fit_baseline
from detector.evaluation.answers_table import Condition
from detector.evaluation.comparison import Compared, compare, to_json, to_markdown
from detector.evaluation.pictures import TestPictures, of_published
from detector.evaluation.reporting import Measured, evaluation_of, predictions_of
from detector.evaluation.running import Contender, conditions_of, pending, run
from detector.evaluation.saved import SavedDetector, saved_digest
from detector.evaluation.writing import write_evaluation
from flows.commands.comparison_table import comparison_table
from flows.commands.measured_set import Opened, open_pictures
from flows.watching import Watch
from schemas.errors import CounterfoilError, DatasetError
from schemas.identity import digest
from storage.files import is_local, location, write_bytes
from storage.published import DEFAULT_CONFIG, open_published

if TYPE_CHECKING:
    from detector.metrics.similarity import TextEncoder

_TRAIN = "train"
_PARTS, _CACHE = "parts", "baselines"


def run_evaluate(
    dataset: str,
    *,
    detectors: Sequence[str] = (),
    baselines: Sequence[str] = (),
    fit_on: str | None = None,
    split: str | None = None,
    config: str = DEFAULT_CONFIG,
    benchmark: str | None = None,
    perturbations: tuple[str, ...] | None = (),
    paper: bool = False,
    text_encoder: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    out: Path | None = None,
) -> None:
    """Measure detectors and baselines on one split of a published set or a benchmark.

    `perturbations`: these as well, all where None. Prints the comparison and says where all lies.
    Raises `CounterfoilError` with what to do: nothing to measure, no such split, set or baseline.
    """
    if not detectors and not baselines:
        raise CounterfoilError(
            "there is nothing to measure: name a trained detector's folder with --detector, or a "
            f"baseline with --baseline: {', '.join(one.usage for one in BASELINES.values())}"
        )
    for spec in baselines:
        baseline_named(spec)  # A wrong one is told of before anything is read.
    console = Console()
    stages = conditions_of(perturbations)
    opened = open_pictures(dataset, split, config, benchmark, limit, seed)
    folder = location(out if out is not None else Path("evaluations") / opened.name)
    contenders = [_saved(Path(one).expanduser()) for one in detectors]
    contenders += _baselines(baselines, fit_on, opened, config, seed, folder)
    _distinct(contenders)
    encoder = _encoder(text_encoder)
    measured = Measured(opened.name, opened.split, opened.pictures.unreadable, paper, seed)
    _say_what(console, opened)
    found = []
    for one in contenders:
        place = folder / one.name
        table = _asked(one, opened.pictures, stages, place / _PARTS)
        report = evaluation_of(one.name, table, measured, encoder)
        write_evaluation(place, report, table, opened.pictures)
        plain = table.slice(0, len(opened.pictures))
        found.append((report, predictions_of(plain), one.baseline))
    compared = compare(found, seed)
    title = f"{opened.name}, {opened.split}: {len(opened.pictures):,} pictures"
    write_bytes(folder / "comparison.md", to_markdown(compared, title).encode())
    write_bytes(folder / "comparison.json", (to_json(compared) + "\n").encode())
    console.print()
    console.print(comparison_table(compared, title))
    _say_where(console, folder, compared)


def _asked(
    contender: Contender,
    pictures: TestPictures,
    stages: dict[str, tuple[Condition, ...]],
    folder: UPath,
) -> pa.Table:
    missing = pending(contender, pictures, stages, folder)
    if not missing:
        return run(contender, pictures, stages, folder)
    _ = contender.predictor  # Fitted or read now: that has a bar of its own.
    with Watch(f"Asking {contender.name}") as watch:
        watch.start(missing)
        return run(contender, pictures, stages, folder, partial(watch.advance, 1))


def _saved(folder: Path) -> Contender:
    name = folder.resolve().name
    return Contender(name, saved_digest(folder), lambda: SavedDetector(folder, name))


def _baselines(
    specs: Sequence[str],
    fit_on: str | None,
    opened: Opened,
    config: str,
    seed: int,
    folder: UPath,
) -> list[Contender]:
    """The baselines, each to be fitted when it is first asked."""
    if not specs:
        return []
    published = opened.published if fit_on is None else open_published(fit_on)
    if published is None:
        raise DatasetError(
            "a benchmark has no training split for baselines: name the published set that they "
            "are fitted on with --fit-on"
        )
    own = any(shard.split == _TRAIN for shard in published.shards(config))
    try:
        train = of_published(published, _TRAIN, config if own else DEFAULT_CONFIG, texts=False)
    except DatasetError as error:
        raise DatasetError(
            f"baselines are fitted on a training split, and {error}; or name another set with "
            "--fit-on"
        ) from error

    def fitted(spec: str) -> Any:
        with Watch(f"Fitting {spec}") as watch:
            return fit_baseline(
                spec,
                lambda: iter(train),
                seed=seed,
                cache=Path(folder.path) / _CACHE if is_local(folder) else None,
                progress=_steps(watch),
            )

    return [
        Contender(
            _file_name(spec), digest(spec, train.digest, seed), partial(fitted, spec), baseline=True
        )
        for spec in specs
    ]


def _steps(watch: Watch) -> Callable[[int, int], None]:
    """What baselines call after each piece of work, as the bar takes it."""
    done = [0]

    def told(count: int, total: int) -> None:
        watch.start(total)
        for _ in range(count - done[0]):
            watch.advance(1)
        done[0] = count

    return told


def _file_name(spec: str) -> str:
    name, _, argument = spec.partition("=")
    return f"{name}-{Path(argument).name}" if argument else name


def _distinct(contenders: Sequence[Contender]) -> None:
    names = [one.name for one in contenders]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CounterfoilError(
            f"two of those to be measured are called {twice[0]}, and would share a folder: rename "
            "one's folder, or measure them by two calls with different --out"
        )


def _encoder(checkpoint: str | None) -> TextEncoder | None:
    if checkpoint is None:
        return None
    from detector.metrics.clip_text import ClipText

    return ClipText.from_pretrained(checkpoint)


def _say_what(console: Console, opened: Opened) -> None:
    bad = opened.pictures.unreadable
    console.print(
        f"{opened.name}, {opened.split}: {len(opened.pictures):,} pictures", highlight=False
    )
    if bad:
        key = min(bad)
        console.print(
            f"[yellow]{len(bad):,} more cannot be had[/], such as {key} ({bad[key]}); the reports "
            "name them",
            highlight=False,
        )


def _say_where(console: Console, folder: UPath, compared: Sequence[Compared]) -> None:
    console.print(f"\nThe comparison is {folder / 'comparison.md'}", highlight=False)
    for one in compared:
        console.print(f"{one.name}: {folder / one.name / 'report.md'}", highlight=False)
