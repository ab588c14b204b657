"""How much the kit asks of a generator: less of slow ones, so that it stays a quick look."""

from __future__ import annotations

from dataclasses import dataclass

from generators.contract import GeneratorSpec, Need

_SLOW = 1.5


@dataclass(frozen=True, slots=True)
class Extent:
    """At least `jobs` jobs an operation, on the kit's pictures scaled by `scale`."""

    jobs: int
    scale: float


FULL = Extent(4, 1.0)
SMALL = Extent(2, 0.5)


def extent_of(spec: GeneratorSpec) -> Extent:
    """`SMALL` for neural generators, for services, and for what says that it takes long."""
    slow = spec.tolerance > 0 or spec.needs & {Need.GPU, Need.NETWORK} or spec.seconds >= _SLOW
    return SMALL if slow else FULL
