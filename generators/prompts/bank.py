"""The bank of templates: what pictures may show, what things may stand for one another."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

from schemas.identity import digest

_FOLDER = Path(__file__).parent / "bank"
_FILES = ("scenes.yaml", "objects.yaml", "instructions.yaml")
_Model = TypeVar("_Model", bound=BaseModel)
Lines = Annotated[tuple[str, ...], Field(min_length=1)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scene(_Data):
    """Subjects and settings that go together. `light` names the list of lights that suits.

    `styles`: its own, where not all suit.
    """

    scene: str
    light: str
    styles: tuple[str, ...] = ()
    subjects: Lines
    settings: Lines


class Scenes(_Data):
    """What a whole picture may show, by the domain of the real pictures it stands beside."""

    styles: Lines
    lights: dict[str, Lines]
    natural: tuple[Scene, ...]
    deepfake: tuple[Scene, ...]
    document: tuple[Scene, ...]


class Kind(_Data):
    """Things of one kind and size. `looks` may stand before any of the `names`.

    `known`: names that are understood and not offered. `paint`: they may be of any colour.
    """

    kind: str
    names: Lines
    known: tuple[str, ...] = ()
    looks: tuple[str, ...]
    paint: bool = False


class ByDomain(_Data):
    """Templates by the domain of the picture that they are about."""

    natural: Lines
    deepfake: Lines
    document: Lines


class Instructions(_Data):
    """Templates of instructions and of descriptions of places, and the words that fill them."""

    replace: Lines
    remove: Lines
    recolour: Lines
    restyle: Lines
    beside: Lines
    whole: Lines
    face: Lines
    page: Lines
    ground: ByDomain
    content: ByDomain
    stamp: Lines
    variation: ByDomain
    colour: Lines
    hair: Lines
    backdrop: Lines
    name: Lines
    given: Lines
    word: Lines


def _read(name: str) -> object:
    return yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))


def _parsed(model: type[_Model], name: str) -> _Model:
    return model.model_validate(_read(name))


@cache
def scenes() -> Scenes:
    """What whole pictures may show."""
    return _parsed(Scenes, "scenes.yaml")


@cache
def kinds() -> tuple[Kind, ...]:
    """The kinds of things, in the order in which a name is looked for in them."""
    found = _read("objects.yaml")
    assert isinstance(found, list)
    return tuple(Kind.model_validate(kind) for kind in found)


@cache
def instructions() -> Instructions:
    """Templates of instructions and of descriptions of places."""
    return _parsed(Instructions, "instructions.yaml")


@cache
def bank_version() -> str:
    """Tells one bank from another: 12 hex digits over its files."""
    return digest([(name, digest((_FOLDER / name).read_bytes())) for name in _FILES])[:12]
