"""Checks a recipe's `forge` entries against the generators that they name."""

from __future__ import annotations

from collections.abc import Sequence

from generators.contract import Generator, GeneratorSpec, Need, Supplies, spec_of
from generators.registry import create
from schemas.errors import RecipeError
from schemas.recipe.base import Split
from schemas.recipe.forge import ForgeEntry, Maker
from schemas.recipe.model import Recipe
from schemas.vocabulary import Scope


def entry_spec(entry: Maker) -> GeneratorSpec:
    """What the generator of a recipe's entry is with the options given there."""
    return spec_of(create(entry.generator, entry.options))


def resolve_operation(index: int, entry: ForgeEntry, spec: GeneratorSpec) -> str:
    """The operation of a `forge` entry. Raises `RecipeError` where it is not the generator's."""
    if entry.operation in spec.operations:
        return entry.operation
    known = ", ".join(spec.operations)
    if entry.operation is None and len(spec.operations) == 1:
        return spec.operations[0]
    given = "needs an operation" if entry.operation is None else f"has no {entry.operation!r}"
    where = f"forge[{index}].operation"
    message = f"generator {spec.name!r} {given}; it has: {known}"
    raise RecipeError(f"{where}: {message}")


def entry_split(recipe: Recipe, index: int, spec: GeneratorSpec) -> Split | None:
    """The one split that an entry's forgeries may lie in: its own, or test where it is held out.

    Raises `RecipeError` where it is held out and to be trained on.
    """
    entry = recipe.forge[index]
    operation = resolve_operation(index, entry, spec)
    for hold_out in recipe.splits.hold_out:
        if hold_out.fits(
            generator=spec.name,
            family=spec.family,
            autoencoder=spec.autoencoder,
            released=spec.released,
            operation=operation,
        ):
            if entry.split not in (None, "test"):
                raise RecipeError(
                    f"forge[{index}].split: {entry.split}, but splits.hold_out keeps "
                    f"{hold_out.said} for the test split; leave one of the two out"
                )
            return "test"
    return entry.split


def check_entries(entries: Sequence[ForgeEntry]) -> tuple[Generator, ...]:
    """The generators of a recipe's `forge` entries, with options, operations, masks checked."""
    generators = []
    for index, entry in enumerate(entries):
        generator = create(entry.generator, entry.options)
        spec = spec_of(generator)
        resolve_operation(index, entry, spec)
        _check_masks(index, entry, spec)
        _check_scope(index, entry, spec)
        if Need.SOURCE not in spec.needs and not _stands_beside_a_source(generator, spec):
            raise RecipeError(
                f"forge[{index}]: generator {spec.name!r} needs neither a source nor a prompt and "
                "supplies no items; see generators/contract.py"
            )
        generators.append(generator)
    return tuple(generators)


def _stands_beside_a_source(generator: Generator, spec: GeneratorSpec) -> bool:
    return Need.PROMPT in spec.needs or isinstance(generator, Supplies)


def _check_masks(index: int, entry: ForgeEntry, spec: GeneratorSpec) -> None:
    unknown = sorted(set(entry.masks) - set(spec.mask_kinds))
    if unknown:
        takes = ", ".join(spec.mask_kinds) or "none: it chooses the place itself"
        raise RecipeError(
            f"forge[{index}].masks: generator {spec.name!r} takes no {unknown[0].value!r} "
            f"masks; it takes {takes}"
        )
    if entry.masks and sum(entry.masks.values()) <= 0:
        raise RecipeError(f"forge[{index}].masks: the shares must add up to more than 0")


def _check_scope(index: int, entry: ForgeEntry, spec: GeneratorSpec) -> None:
    composable = spec.scope is Scope.REGENERATED and Need.MASK in spec.needs
    if entry.scope != "as_made" and not composable:
        raise RecipeError(
            f"forge[{index}].scope: {entry.scope} pastes a redrawn picture into its source by a "
            f"mask; generator {spec.name!r} makes {spec.scope.value} forgeries"
            + ("" if Need.MASK in spec.needs else " without a mask")
            + "; leave scope out"
        )
