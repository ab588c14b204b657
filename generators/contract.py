"""What a generator is: a spec, an Options model and `forge`. Built-ins and plugins alike keep it.

- The same job gives the same pixels on the same device, alone or in any batch, in any order: bit
  for bit, or within `spec.tolerance` for neural ones. Randomness comes from `job.seed` only.
- Inputs are never changed. One bad job becomes a `Rejection`; only infrastructure errors raise.
- `spliced` means spliced: outside the applied mask every pixel equals the source's, exactly.
- Nothing is silently changed: what was resized, clipped or replaced stands in `Forgery.notes`.
- Constructing is cheap and touches no network; weights load on the first `forge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from pydantic import BaseModel, ConfigDict

from schemas.identity import canonical_json
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain, MaskKind, Scope

if TYPE_CHECKING:
    from endpoints.account import Account


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

    `domains`: the source domains it can forge. `makes`: the domain of what it makes, where that is
    not its source's. `scope`: which pixels of what it makes may be synthetic. `mask_kinds`: the
    requested masks it takes, empty where it chooses the place itself. `terms`: the licence terms of
    its output. `tolerance`: by how much (of 255) a pixel may differ between runs of one job; 0 for
    all but neural ones. `reference`: where the method was published.

    `model`: the checkpoint, service or set behind it, where there is one; `autoencoder`: the id of
    the autoencoder that its pictures come out of; `released`: when the model came out
    ("2022-08-22", "2022-08" or "2022").

    Costs of a job, roughly, which only `counterfoil plan` reads: `seconds` on one core at 512 by
    512 pixels; for those that want a card, `gpu_seconds` by card at the model's native size;
    `dollars` for a service, and `batch_dollars` where it sells batches at a discount.
    """

    name: str
    version: str
    family: str
    summary: str
    domains: tuple[Domain, ...]
    operations: tuple[str, ...]
    needs: frozenset[Need]
    terms: str
    makes: Domain | None = None
    scope: Scope = Scope.SPLICED
    mask_kinds: tuple[MaskKind, ...] = ()
    tolerance: int = 0
    reference: str = ""
    model: str = ""
    autoencoder: str = ""
    released: str = ""
    seconds: float = 0.1
    gpu_seconds: tuple[tuple[str, float], ...] = ()
    dollars: float = 0.0
    batch_dollars: float | None = None


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


@runtime_checkable
class Configured(Protocol):
    """A generator whose options choose the model: family, licence, needs and costs follow them."""

    def configured(self) -> GeneratorSpec:
        """The spec as the options make it. Cheap: no weights are loaded, no network is touched."""
        ...


def spec_of(generator: Generator) -> GeneratorSpec:
    """What a generator is with the options that it was made with."""
    return generator.configured() if isinstance(generator, Configured) else generator.spec


@runtime_checkable
class Spends(Protocol):
    """A generator that pays for what it asks of a service."""

    def use_account(self, account: Account) -> None:
        """Send every request through `account` from now on: its ledger, its budget."""
        ...


@runtime_checkable
class Supplies(Protocol):
    """A generator that brings its forgeries with it: an import of a public set."""

    def items(self, count: int) -> Sequence[Item]:
        """The `count` items to take, fewer where there are no more, in an order that stays."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """One forgery that an import can take. Items with the same `group` share a split.

    Its part is made again when `stamp` changes: what tells whether its files are still the same.
    """

    name: str
    group: str | None = None
    prompt: str | None = None
    stamp: str = ""


@runtime_checkable
class Trial(Protocol):
    """A generator that cannot run on its defaults: it wants a server, a set or weights."""

    @staticmethod
    def trial() -> AbstractContextManager[Mapping[str, Any]]:
        """Options under which it can be tried on any machine, and what they need meanwhile."""
        ...


def breach(forgery: Forgery, source_size: tuple[int, int] | None = None) -> str:
    """What a result breaks of the contract by its very form; empty where it breaks nothing.

    Masks have the image's size, or, where a redrawn picture came back in another one, that of the
    source (`source_size`, height and width): where they lie in the image is found out later.
    The rest of the contract (exactness, determinism) needs the source or a second run to judge:
    see `generators.conformance`.
    """
    image = forgery.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        return f"its image is {image.dtype} {image.shape}, not uint8 (height, width, 3)"
    for name, mask in (("applied", forgery.applied), ("requested", forgery.requested)):
        if mask is None:
            continue
        sizes = {image.shape[:2]}
        if forgery.scope is Scope.REGENERATED and source_size is not None:
            sizes.add(source_size)
        if mask.dtype != np.bool_ or mask.shape not in sizes:
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
