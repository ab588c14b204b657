"""Puts a generator through every check of the conformance kit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from pydantic import ValidationError

from generators.conformance.construction import construct
from generators.conformance.declaration import options_problems, shape_problems, wording_problems
from generators.conformance.finding import Finding, judge
from generators.conformance.items import take_items
from generators.conformance.runs import judge_runs
from generators.conformance.subject import Subject
from generators.contract import Generator, Supplies, Trial
from generators.registry import built_in, create, load, names
from schemas.errors import GeneratorError, MissingExtraError


def check(name: str, options: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
    """Every check of the generator `name` with `options`, in order.

    Without options a generator that offers a `trial()` is checked inside it; any other runs its
    jobs for real, also where they need a GPU or cost money. A check that later ones stand on ends
    the list where it fails: without a sound spec there are no jobs, and without an answer to each
    there is nothing to look at. Raises `GeneratorError` where no generator of that name is
    installed or where `options` are not its options, `MissingExtraError` where it cannot run here.
    """
    with _patient_threads():
        return _check(name, options)


@contextmanager
def _patient_threads() -> Iterator[None]:
    """OpenMP's threads wait asleep: those of two processes that spin keep one another from work."""
    if "OMP_WAIT_POLICY" in os.environ:
        yield
        return
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    try:
        yield
    finally:
        del os.environ["OMP_WAIT_POLICY"]


def _check(name: str, options: Mapping[str, Any] | None) -> tuple[Finding, ...]:
    try:
        generator = load(name)
    except GeneratorError as error:
        if name not in names():
            raise
        return (Finding("spec", False, str(error)),)
    shape = list(shape_problems(generator.spec, isinstance(generator, Supplies)))
    if shape:
        return (judge("spec", shape, ""),)
    if options:
        _refuse_wrong_options(name, options)
        return tuple(_findings(name, options, generator))
    trying: Any = generator
    if not isinstance(trying, Trial):
        return tuple(_findings(name, {}, generator))
    with ExitStack() as meanwhile:
        try:
            tried = dict(meanwhile.enter_context(trying.trial()))
        except MissingExtraError:
            raise
        except Exception as error:
            detail = (
                f"trial() raises {type(error).__name__}: {error}; let it yield a mapping of "
                "options under which the generator runs on any machine"
            )
            return (Finding("options", False, detail),)
        return tuple(_findings(name, tried, generator))


def _refuse_wrong_options(name: str, options: Mapping[str, Any]) -> None:
    try:
        load(name).Options.model_validate(dict(options))
    except ValidationError:
        create(name, options)  # Raises with words for the one wrong option.


def _findings(
    name: str, options: Mapping[str, Any], generator: type[Generator]
) -> Iterator[Finding]:
    """What it declares and how it is made, and if that is sound, what it does."""
    configured, troubles = construct(lambda: create(name, options))
    subject = Subject(name, options, generator, configured or generator.spec)
    spec = subject.spec
    shape = list(shape_problems(spec, subject.imports))
    ours = name in built_in() and not subject.imports
    yield judge(
        "spec",
        shape or wording_problems(name, spec, terms_known=ours),
        f"version {spec.version}; {', '.join(spec.operations)}",
    )
    count = len(generator.Options.model_fields)
    yield judge("options", options_problems(generator.Options, options), f"{count}, all described")
    yield judge("construction", troubles, "cheap and offline")
    if shape or troubles:
        return
    if not subject.imports:
        yield from judge_runs(subject, ())
        return
    items, missing = take_items(subject.make)
    yield judge("items", missing, f"{len(items)}, in an order that stays")
    if not missing:
        yield from judge_runs(subject, items)
