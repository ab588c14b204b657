"""Refuses to go on with a training under another recipe than it began with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from upath import UPath

from detector.training.recipe import TrainingRecipe
from schemas.errors import RecipeError
from storage.files import write_bytes

RECIPE = "recipe.json"
_FREE = {
    ("workers",),
    # Whether it is the same set is told by its shards, not by where they lie.
    ("data", "dataset"),
    ("watching", "trackers"),
    ("watching", "keep"),
    ("watching", "checkpoint_every"),
}
"""What may change: nothing of it changes what is learnt."""


def begin_or_go_on(recipe: TrainingRecipe, processes: int | None, folder: Path, out: Path) -> None:
    """Write the recipe into `folder` of a new training, or hold it against the one that began it.

    `processes` None: however many there were. Raises RecipeError, naming what changed.
    """
    path = folder / RECIPE
    now = recipe.model_dump(mode="json")
    if processes is not None:
        now["processes"] = processes
    if not path.exists():
        write_bytes(UPath(path), (json.dumps(now, indent=1) + "\n").encode())
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    if processes is None:
        now["processes"] = before["processes"]
    changed = [
        f"  {'.'.join(name)}: {_shown(before, name)} before, {_shown(now, name)} now"
        for name in sorted({*_leaves(before), *_leaves(now)} - _FREE)
        if _shown(before, name) != _shown(now, name)
    ]
    if changed:
        said = "\n".join(changed)
        raise RecipeError(
            f"{out} holds a training by another recipe:\n{said}\n"
            "Undo the change to go on with it, or train into another folder with --out"
        )


def _leaves(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(values, dict):
        for name, value in values.items():
            yield from _leaves(value, (*path, name))
    else:
        yield path


def _shown(values: Any, path: tuple[str, ...]) -> str:
    for name in path:
        values = values.get(name) if isinstance(values, dict) else None
    return json.dumps(values)
