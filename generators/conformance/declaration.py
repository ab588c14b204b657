"""Checks of what a generator says of itself: its spec and its options."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from generators.contract import GeneratorSpec, Need
from schemas.identity import canonical_json
from schemas.vocabulary import Domain, MaskKind, Scope

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_OF_A_SOURCE = frozenset({Need.MASK, Need.SECOND, Need.FACE, Need.WORDS})


def shape_problems(spec: Any, imports: bool = False) -> Iterator[str]:
    """What of a spec makes it impossible to plan jobs from it, or from `imports`' items."""
    if not isinstance(spec, GeneratorSpec):
        yield f"spec is a {type(spec).__name__}; make it a generators.contract.GeneratorSpec"
        return
    groups = (
        ("domains", spec.domains, Domain, "Domain"),
        ("operations", spec.operations, str, "str"),
        ("mask_kinds", spec.mask_kinds, MaskKind, "MaskKind"),
    )
    for name, values, kind, word in groups:
        if not isinstance(values, tuple) or not all(isinstance(value, kind) for value in values):
            yield f"spec.{name} must be a tuple of {word}, like ({word}…,)"
        elif not values and name != "mask_kinds":
            yield f"spec.{name} is empty; name at least one"
        elif len(set(values)) < len(values):
            yield f"spec.{name} names something twice; name it once"
    scope: Any = spec.scope
    if not isinstance(scope, Scope):
        yield f"spec.scope is {scope!r}; make it a schemas.vocabulary.Scope"
    makes: Any = spec.makes
    if not isinstance(makes, Domain | None):
        yield f"spec.makes is {makes!r}; make it a Domain, or leave it out"
    if not isinstance(spec.needs, frozenset) or not all(isinstance(n, Need) for n in spec.needs):
        yield "spec.needs must be a frozenset of Need, like frozenset({Need.SOURCE})"
    elif spec.mask_kinds and Need.MASK not in spec.needs:
        yield "spec.mask_kinds is given but spec.needs lacks Need.MASK; add it or drop the kinds"
    elif Need.MASK in spec.needs and not spec.mask_kinds:
        yield "spec.needs has Need.MASK but spec.mask_kinds is empty; say which kinds it takes"
    elif Need.SOURCE not in spec.needs and not imports and spec.needs & _OF_A_SOURCE:
        mark = sorted(spec.needs & _OF_A_SOURCE)[0].name
        yield f"spec.needs has Need.{mark}, which a source has, but lacks Need.SOURCE; add it"
    elif not spec.needs & {Need.SOURCE, Need.PROMPT} and not imports:
        yield "spec.needs has neither Need.SOURCE nor Need.PROMPT; without either no job is planned"


def wording_problems(name: str, spec: GeneratorSpec, *, terms_known: bool = False) -> Iterator[str]:
    """What of a spec would read badly in the card, or not read at all.

    `terms_known`: whether "unknown" will not do for terms.
    """
    if spec.name != name:
        yield f"the entry point is named {name!r}, spec.name is {spec.name!r}; make them equal"
    for field in ("name", "version", "family", "summary", "terms"):
        value = getattr(spec, field)
        if not isinstance(value, str) or not value.strip():
            yield f"spec.{field} is empty; say it, the card prints it"
    if terms_known and str(spec.terms).strip().lower().startswith("unknown"):
        yield "spec.terms are unknown; name the licence that what it makes may be published under"
    for operation in spec.operations:
        if not SNAKE_CASE.fullmatch(operation):
            yield f"the operation {operation!r} is not in snake_case; write it like 'copy_move'"
    if spec.released and not _is_date(spec.released):
        yield (
            f"spec.released is {spec.released!r}; write the day, month or year like 2022-08-22, "
            "2022-08 or 2022"
        )
    yield from _tolerance_problems(spec)
    costs = [spec.seconds, spec.dollars, spec.batch_dollars or 0.0]
    costs += [seconds for _, seconds in spec.gpu_seconds]
    if min(costs) < 0:
        yield "spec.seconds, gpu_seconds, dollars and batch_dollars are costs; make none negative"


def _tolerance_problems(spec: GeneratorSpec) -> Iterator[str]:
    if isinstance(spec.tolerance, bool) or not isinstance(spec.tolerance, int):
        yield "spec.tolerance must be a whole number of grey levels, such as 0"
    elif not 0 <= spec.tolerance <= 2:
        yield (
            f"spec.tolerance is {spec.tolerance}; more than 2 of 255 is not the same picture, so "
            "make the generator repeat itself better and set 0, 1 or 2"
        )
    elif spec.tolerance and not (spec.model or spec.autoencoder):
        yield (
            f"spec.tolerance is {spec.tolerance}, which only a network's arithmetic excuses; name "
            "it in spec.model (or in what configured() gives), or set tolerance=0"
        )


def _is_date(text: str) -> bool:
    """Whether it is the beginning of an ISO date: a year, a month or a day that there was."""
    try:
        date.fromisoformat(text + "0000-01-01"[len(text) :])
    except (TypeError, ValueError):
        return False
    return len(text) in (4, 7, 10)


def options_problems(options: Any, tried: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an Options model. `tried` are options that the generator is checked with.

    Options travel to other processes and stand in recipes, so they must survive both ways.
    """
    if not (isinstance(options, type) and issubclass(options, BaseModel)):
        yield "Options must be a subclass of generators.contract.Options"
        return
    for name, field in options.model_fields.items():
        if not (field.description or "").strip():
            yield f"the option {name!r} has no description; give it Field(..., description=...)"
    if options.model_config.get("extra") != "forbid":
        yield (
            "Options takes unknown names, so a misspelt option would be ignored; derive it from "
            "generators.contract.Options"
        )
    try:
        filled = options.model_validate(dict(tried))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        yield (
            f"the options of trial() fail at {where!r}; yield options that are right"
            if tried
            else f"Options() fails at {where!r}; give every option a default"
        )
        return
    yield from _travel_problems(filled, "the options" if tried else "the defaults of Options")


def _travel_problems(filled: BaseModel, which: str) -> Iterator[str]:
    model = type(filled)
    try:
        plain = filled.model_dump(mode="json")
        again = model.model_validate(plain)
        canonical_json(plain)
    except Exception as error:
        yield (
            f"{which} do not survive JSON, in which recipes keep them: {error}; use numbers, "
            "strings, lists and nested models of them"
        )
        return
    if again != filled:
        yield f"{which} are others after a round trip through JSON; use plain types"
    try:
        packed = pickle.loads(pickle.dumps(filled))
    except Exception as error:
        yield f"{which} cannot be pickled: {error}; define Options at the top of a module"
        return
    if packed != filled:
        yield f"{which} are others after a round trip through pickle; use plain types"
