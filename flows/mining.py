"""What the recipe of a published set can make more of, for mining a detector's failures on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import ValidationError

from curation.balance.filling import Progress
from detector.mining.makers import LARGEST, SMALLEST, Maker
from flows.balancing import of_run, of_set
from flows.run import Run, open_run
from generators.contract import spec_of
from generators.planning.entries import entry_split
from generators.registry import create, load
from schemas.errors import DatasetError, GeneratorError, StorageError
from schemas.recipe import Recipe
from schemas.recipe.forge import ForgeEntry
from storage.published import PublishedSet


def run_of(published: PublishedSet) -> Run | None:
    """The run that a set lies in; None where it was published on its own."""
    try:
        return open_run(str(published.folder.parent))
    except (StorageError, ValidationError):
        return None


def makers_of(published: PublishedSet, run: Run | None) -> tuple[Maker, ...]:
    """What each entry of the set's recipe makes, by the run where there is one.

    Raises `DatasetError` where the recipe is of another version or names generators that are not
    installed.
    """
    try:
        progress = of_set(published)[1] if run is None else of_run(run)[1]
    except StorageError:  # A run that was never planned.
        progress = of_set(published)[1]
    if not progress:
        raise DatasetError(
            f"the recipe in the manifest of {published.folder} cannot be read here: it is of "
            "another version, or its generators are not installed; install them, or build the set "
            "again"
        )
    recipe = _recipe(published) if run is None else run.recipe
    return tuple(_makers(recipe, progress))


def _recipe(published: PublishedSet) -> Recipe:
    asked = published.manifest.recipe
    parts = ("name", "sources", "forge", "splits")
    return Recipe.model_validate({part: asked[part] for part in parts if part in asked})


def _makers(recipe: Recipe, progress: tuple[Progress, ...]) -> Iterator[Maker]:
    for one in progress:
        spec = spec_of(create(one.entry.generator, one.entry.options))
        hopeless = one.hopeless
        if not hopeless and entry_split(recipe, one.index, spec) == "test":
            hopeless = "the recipe keeps them for the test split"
        yield Maker(
            entry=one.entry,
            operation=one.operation,
            domains=one.domains,
            chosen=spec.makes is None,
            sized="mask" if one.masked else _by_option(one.entry),
            pictures=one.pictures,
            hopeless=hopeless,
        )


def _by_option(entry: ForgeEntry) -> Literal["option", ""]:
    """Whether a generator that takes no masks has an option `area`, of two shares."""
    if "area" not in load(entry.generator).Options.model_fields:
        return ""
    try:
        create(entry.generator, {**entry.options, "area": [SMALLEST, LARGEST]})
    except GeneratorError:
        return ""
    return "option"
