"""Finds generators by name. Built-ins and plugins enter through the same entry point group."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import ValidationError

from generators.contract import Generator
from schemas.errors import GeneratorError

GROUP = "counterfoil.generators"
_OWN = "counterfoil"


@cache
def _entries() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        if entry.name in found and found[entry.name].value != entry.value:
            raise GeneratorError(
                f"Two packages offer a generator named {entry.name!r}: "
                f"{found[entry.name].value} and {entry.value}. Uninstall one or rename it."
            )
        found[entry.name] = entry
    return found


def names() -> tuple[str, ...]:
    """The names of all installed generators, sorted."""
    return tuple(sorted(_entries()))


def built_in() -> tuple[str, ...]:
    """The names of the generators that come with Counterfoil, sorted."""
    entries = _entries().items()
    return tuple(sorted(n for n, entry in entries if entry.dist and entry.dist.name == _OWN))


@cache
def load(name: str) -> type[Generator]:
    """The class of the generator `name`. Raises `GeneratorError` where there is none."""
    entry = _entries().get(name)
    if entry is None:
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise GeneratorError(
            f"There is no generator named {name!r}.{hint} Installed: {', '.join(names())}."
        )
    try:
        loaded = entry.load()
    except Exception as error:
        raise GeneratorError(
            f"The generator {name!r} ({entry.value}) could not be imported: {error!r}"
        ) from error
    for attribute in ("spec", "Options", "forge"):
        if not hasattr(loaded, attribute):
            raise GeneratorError(
                f"The generator {name!r} ({entry.value}) has no {attribute!r}; "
                "see generators/contract.py for what a generator is."
            )
    generator: type[Generator] = loaded
    if generator.spec.name != name:
        raise GeneratorError(
            f"The entry point {name!r} loads a generator whose spec says {generator.spec.name!r}; "
            "the two names must be equal."
        )
    return generator


def create(name: str, options: Mapping[str, Any] | None = None) -> Generator:
    """A generator with `options` checked. Raises `GeneratorError` naming the wrong option."""
    generator = load(name)
    try:
        checked = generator.Options.model_validate(dict(options or {}))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "options"
        known = ", ".join(generator.Options.model_fields)
        raise GeneratorError(
            f"Option {field!r} of generator {name!r}: {first['msg']}. Its options are: {known}."
        ) from error
    return generator(checked)
