"""`counterfoil train`."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.errors import CounterfoilError, MissingExtraError, RecipeError
from storage.published import open_published

if TYPE_CHECKING:
    from detector.training.material import Material
    from detector.training.outcome import Outcome
    from detector.training.recipe import TrainingRecipe

_NEEDED = ("torch", "transformers", "accelerate", "tokenizers", "safetensors")


def run_train(recipe: Path, data: str | None, out: Path | None, steps: int | None) -> None:
    """Train by a recipe into `out`; `data` replaces the recipe's set, `steps` are taken at most."""
    for package in _NEEDED:
        if find_spec(package) is None:
            raise MissingExtraError("detector", package, "Training a detector")
    # Readers are forked while a tokenizer's threads may hold its locks.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from detector.training.loop import train
    from detector.training.material import gather
    from detector.training.outcome import ended
    from detector.training.reading import read_training
    from flows.training_progress import TrainingProgress

    wanted = read_training(recipe)
    dataset = data or wanted.data.dataset
    if dataset is None:
        raise RecipeError(
            f"{recipe} names no set: add `data: {{dataset: …}}` to it, or pass --data DATASET"
        )
    out = out or Path("detectors") / wanted.name
    # One process of several speaks: the launcher of accelerate numbers them so.
    quiet = os.environ.get("RANK", "0") != "0"
    console = Console(quiet=quiet)
    done = ended(wanted, out)
    if done is not None:
        _tell_end(console, recipe, dataset, data, out, done)
        return
    published = open_published(dataset)
    try:
        material = gather(wanted, published)
        _tell(console, wanted, material, dataset, out)
        with TrainingProgress(console) as progress:
            outcome = train(wanted, material, out, most=steps, watcher=progress)
    except OSError as error:
        if error.errno is not None:  # Of the system, not of a checkpoint that transformers sought.
            raise CounterfoilError(f"training failed: {error}") from error
        raise CounterfoilError(_unreachable(wanted, error)) from error
    _tell_end(console, recipe, dataset, data, out, outcome)


def _tell(
    console: Console, recipe: TrainingRecipe, material: Material, dataset: str, out: Path
) -> None:
    detector = recipe.detector if isinstance(recipe.detector, str) else "a detector of its own"
    rows = len(material.rows)
    console.print(
        f"[bold]{escape(recipe.name)}[/]: {detector}, on {rows:,} rows of "
        f"{escape(dataset)} ({recipe.data.split}), into {escape(str(out))}",
        highlight=False,
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("label")
    table.add_column("operation or domain")
    table.add_column("rows", justify="right")
    for (label, kind), count in sorted(material.composition().items()):
        table.add_row(label, kind, f"{count:,}")
    console.print(table)
    if material.validation is None:
        console.print("[yellow]No validation split: nothing but the loss is measured.[/]")
    else:
        looked, split = len(material.validation), recipe.data.validation_split
        console.print(f"Progress is measured on {looked:,} rows of split {split}.")
    if material.unmasked:
        mask, kinds = recipe.data.mask, material.composition()
        forged = sum(count for (label, _), count in kinds.items() if label == "fake")
        console.print(
            f"{material.unmasked:,} forged rows have no {mask}: their verdict alone is taught."
            if material.unmasked < forged
            else f"[yellow]No forged row has a {mask}: only the empty mask is learnt.[/]"
        )
    if material.unsaid:
        console.print(f"{material.unsaid:,} rows have no reasoning: their conclusion is taught.")
    if material.shortened:
        console.print(
            f"{material.shortened:,} rows' reasoning is longer than text.length allows: it loses "
            "its last sentences, never its conclusion."
        )
    if material.left_out:
        console.print(f"[yellow]{material.left_out:,} rows do not fit at all: left out.[/]")


def _tell_end(
    console: Console, recipe: Path, dataset: str, data: str | None, out: Path, outcome: Outcome
) -> None:
    loss = "" if outcome.loss is None else f", loss {outcome.loss:.4f}"
    if not outcome.finished:
        given = f" --data {data}" if data else ""
        console.print(
            f"Stopped after step {outcome.step:,} of {outcome.steps:,}{loss}. To go on: "
            f"counterfoil train {recipe}{given} --out {out}",
            highlight=False,
            soft_wrap=True,
        )
        return
    console.print(f"Finished: {outcome.step:,} steps{loss}.", highlight=False)
    for name, value in outcome.figures.items():
        if value is not None and (name != "no_verdict" or value):
            console.print(f"  {name.replace('_', ' ')} on validation: {value:.3f}", highlight=False)
    console.print(
        f"The detector is in {out}, its curve in {out / 'training' / 'curve.png'}.\n"
        f"Measure it: counterfoil evaluate {dataset} --detector {out}",
        highlight=False,
        soft_wrap=True,
    )


def _unreachable(recipe: TrainingRecipe, error: OSError) -> str:
    named = sorted(set(_checkpoints(recipe)))
    about = str(error).splitlines()[0] if str(error) else type(error).__name__
    if not named:
        return f"training failed: {about}"
    return (
        f"a checkpoint of the detector could not be read: {about}\n"
        f"It needs {', '.join(named)}. Download them beforehand (`hf download NAME`), name folders "
        "of this machine in the recipe's `detector`, or train one that needs none: "
        "recipes/train/tiny.yaml"
    )


def _checkpoints(recipe: TrainingRecipe) -> list[str]:
    from detector.training.configuring import configured

    config = configured(recipe)
    parts = [config.localiser, config.language.model if config.language else None]
    if not isinstance(config.eyes, str):
        parts += [config.eyes.clip, config.eyes.dino]
    return [part.checkpoint for part in parts if part is not None and part.checkpoint]
