"""Rules about what a generator says of itself, and about constructing it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch

from pydantic import ValidationError

from generators.contract import Generator, Need
from generators.registry import create
from schemas.vocabulary import Domain

_SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")


def spec_problems(generator: type[Generator], name: str) -> Iterator[str]:
    """What is wrong with the spec and the options."""
    spec = generator.spec
    if spec.name != name:
        yield f"The spec's name is {spec.name!r}, the entry point's {name!r}; make them equal."
    for field in ("version", "family", "summary", "terms"):
        if not getattr(spec, field):
            yield f"spec.{field} is empty."
    if not spec.operations:
        yield "spec.operations is empty: name at least one operation."
    for operation in spec.operations:
        if not _SNAKE.match(operation):
            yield f"The operation {operation!r} must be in snake_case."
    if not spec.domains or not set(spec.domains) <= set(Domain):
        yield f"spec.domains must be some of {', '.join(Domain)}."
    if spec.mask_kinds and Need.MASK not in spec.needs:
        yield "spec.mask_kinds are given, but Need.MASK is not among spec.needs."
    if Need.MASK in spec.needs and not spec.mask_kinds:
        yield "Need.MASK is among spec.needs: say in spec.mask_kinds which it takes."
    if not 0 <= spec.tolerance <= 2:
        yield f"spec.tolerance is {spec.tolerance}, but may be 0, or up to 2 for neural ones."
    for option, field in generator.Options.model_fields.items():
        if not field.description:
            yield f"Describe the option {option!r}: Field(..., description=...)."
    try:
        generator.Options.model_validate({"no_such_option": 1})
    except ValidationError:
        pass
    else:
        yield "Options takes unknown names: derive it from generators.contract.Options."


def construct_problems(name: str, options: Mapping[str, Any] | None) -> Iterator[str]:
    """Whether constructing touches the network."""

    def refuse(*arguments: object, **named: object) -> None:
        raise ConnectionRefusedError("constructing a generator must not touch the network")

    with (
        patch.object(socket.socket, "connect", refuse),
        patch.object(socket, "create_connection", refuse),
        patch.object(socket, "getaddrinfo", refuse),
    ):
        create(name, options)
    return
    yield
