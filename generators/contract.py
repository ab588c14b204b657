"""What a generator is: a spec, an Options model and `forge`. Built-ins and plugins alike keep it.

- The same job gives the same pixels on the same device, alone or in any batch, in any order: bit
  for bit, or within `spec.tolerance` for neural ones. Randomness comes from `job.seed` only.
- Inputs are never changed. One bad job becomes a `Rejection`; only infrastructure errors raise.
- `spliced` means spliced: outside the applied mask every pixel equals the source's, exactly.
- Nothing is silently changed: what was resized, clipped or replaced stands in `Forgery.notes`.
- Constructing is cheap and touches no network; weights load on the first `forge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from pydantic import BaseModel, ConfigDict

from schemas.identity import canonical_json
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain, MaskKind


class Need(StrEnum):
    """What a generator wants to find in its jobs or on its machine."""

    SOURCE = "source"
    MASK = "mask"
    SECOND = "second source"
    PROMPT = "prompt"
    FACE = "face"
    WORDS = "words"
    GPU = "gpu"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """What the planner, the card and a reader need to know of a generator without running it.

    `domains`: the source domains it can forge. `mask_kinds`: the requested masks it takes, empty
    where it chooses the place itself. `terms`: the licence terms of its output. `tolerance`: by
    how much (of 255) a pixel may differ between runs of one job; 0 for all but neural ones.
    `reference`: where the method was published. `seconds` and `dollars`: what a job of 512 by 512
    pixels costs, roughly, on one core or device; only `counterfoil plan` reads them.
    """

    name: str
    version: str
    family: str
    summary: str
    domains: tuple[Domain, ...]
    operations: tuple[str, ...]
    needs: frozenset[Need]
    terms: str
    mask_kinds: tuple[MaskKind, ...] = ()
    tolerance: int = 0
    reference: str = ""
    seconds: float = 0.1
    dollars: float = 0.0


class Options(BaseModel):
    """Base of every generator's options: unknown names are errors; every field is described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@runtime_checkable
class Generator(Protocol):
    """One way to forge. It is constructed with its options and travels by name and options."""

    spec: ClassVar[GeneratorSpec]
    Options: ClassVar[type[BaseModel]]

    def __init__(self, options: Any) -> None: ...

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        ...


def breach(forgery: Forgery) -> str:
    """What a result breaks of the contract by its very form; empty where it breaks nothing.

    The rest of the contract (exactness, determinism) needs the source or a second run to judge:
    see `generators.conformance`.
    """
    image = forgery.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        return f"its image is {image.dtype} {image.shape}, not uint8 (height, width, 3)"
    for name, mask in (("applied", forgery.applied), ("requested", forgery.requested)):
        if mask is not None and (mask.dtype != np.bool_ or mask.shape != image.shape[:2]):
            return f"its {name} mask is {mask.dtype} {mask.shape}, not bool {image.shape[:2]}"
    try:
        canonical_json(dict(forgery.parameters))
    except (TypeError, ValueError) as error:
        return f"its parameters are not JSON: {error}"
    return ""


class CannotForge(Exception):
    """Raised inside one job that cannot succeed; `forge_each` turns it into a `Rejection`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def forge_each(
    jobs: Iterable[Job], forge_one: Callable[[Job], Forgery]
) -> Iterator[Forgery | Rejection]:
    """Answer jobs one at a time, for generators that gain nothing from batches."""
    for job in jobs:
        try:
            yield forge_one(job)
        except CannotForge as refusal:
            yield Rejection(job.job_id, refusal.reason, refusal.detail)
