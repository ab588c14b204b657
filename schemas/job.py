"""A job: one planned forgery, what a generator receives for it, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.picture import Mask, Picture, Pixels
from schemas.vocabulary import MaskKind, Scope


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """One planned forgery, by ids alone. Its own id is known before anything runs.

    `entry` is the index of the recipe's `forge` entry it belongs to; `part` the part it runs in.
    """

    job_id: str
    seed: int
    index: int
    entry: int
    part: int
    generator: str
    generator_version: str
    operation: str
    source_id: str
    second_id: str | None
    mask_kind: MaskKind | None
    prompt: str | None
    split: str


@dataclass(frozen=True, slots=True)
class Job:
    """A planned job with its pictures loaded: the input of `Generator.forge`.

    `second` is the picture that gives the content (splice, face swap). `mask` is the requested
    mask, of the source's size, for generators that need one.
    """

    job_id: str
    operation: str
    seed: int
    source: Picture
    second: Picture | None = None
    mask: Mask | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Forgery:
    """A job's result.

    `image`: the forged picture. `applied`: the pixels that the generator was given or composited
    with; outside it a `spliced` picture equals its source exactly; None for `full` scope.
    `requested`: what the job asked for where the generator itself chose the place; defaults to
    the job's mask. `parameters`: JSON-able, what really happened. `notes`: every silent-looking
    change (a resize, a clipped prompt), one sentence each.
    """

    job_id: str
    image: Pixels
    scope: Scope
    applied: Mask | None
    requested: Mask | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A job that can never succeed as planned: a snake_case `reason`, a `detail` in a sentence."""

    job_id: str
    reason: str
    detail: str = ""
