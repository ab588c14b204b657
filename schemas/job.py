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

    `entry` is the index of the recipe's `forge` entry it belongs to; `part` the part it runs in;
    `index` tells jobs apart that are otherwise alike. `domain` is that of the forgery. `group` is
    that of its source, or one of its own where it has none. `prompt_origin` says where the prompt
    comes from, `prompt_note` why from nowhere better. `instance` is the object of the source
    (its place in `Source.instances`) that the mask and the prompt are about. `composed_from` is the
    job whose result this one pastes into the source by the exact applied mask: its spliced twin.
    `item` names what an import takes from its set, `item_stamp` its state.
    """

    job_id: str
    seed: int
    index: int
    entry: int
    part: int
    generator: str
    generator_version: str
    operation: str
    domain: str
    group: str
    source_id: str | None
    second_id: str | None
    mask_kind: MaskKind | None
    prompt: str | None
    split: str
    prompt_origin: str | None = None
    prompt_note: str = ""
    instance: int | None = None
    composed_from: str | None = None
    item: str | None = None
    item_stamp: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A planned job with its pictures loaded: the input of `Generator.forge`.

    `picture` is the source: what is changed, or, for whole synthesis, the real picture that the
    forgery stands beside (its size, its caption); None for generators that bring their own.
    `second` is the picture that gives the content (splice, face swap). `mask` is the requested
    mask, of the source's size, for generators that need one. `draw` tells jobs apart that are
    otherwise alike. `item` names what an import takes.
    """

    job_id: str
    operation: str
    seed: int
    picture: Picture | None
    second: Picture | None = None
    mask: Mask | None = None
    prompt: str | None = None
    draw: int = 0
    item: str | None = None

    @property
    def source(self) -> Picture:
        """The source. Raises ValueError for a job that was planned without one."""
        if self.picture is None:
            raise ValueError(f"{self.job_id} has no source picture")
        return self.picture


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
