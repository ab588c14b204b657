"""Which masks the jobs of an entry ask for, and which object of a source each is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from generators.contract import GeneratorSpec
from schemas.identity import unit_interval
from schemas.picture import Source
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import MaskKind

# These want something that not every source or machine has; a recipe must ask for them.
_ON_REQUEST = frozenset({MaskKind.SUPPLIED, MaskKind.SEGMENT})
_OF_OBJECTS = frozenset({MaskKind.OBJECT, MaskKind.BOX, MaskKind.SEGMENT, MaskKind.SUPPLIED})


def mask_sequence(entry: ForgeEntry, spec: GeneratorSpec) -> Iterator[MaskKind]:
    """Kinds of masks in an order in which every prefix keeps the shares as well as it can."""
    default = [kind for kind in spec.mask_kinds if kind not in _ON_REQUEST] or spec.mask_kinds
    shares: Mapping[MaskKind, float] = entry.masks or dict.fromkeys(default, 1.0)
    total = sum(shares.values())
    given: Counter[MaskKind] = Counter()
    for count in range(1, entry.count + 1):
        kind = max(sorted(shares), key=lambda kind: shares[kind] / total * count - given[kind])
        given[kind] += 1
        yield kind


def choose_instance(
    source: Source, kind: MaskKind, area: tuple[float, float], *salt: object
) -> int | None:
    """The marked object that a job is about; None where none has the size or the kind wants none.

    Which of several is decided by a hash of `salt`. Objects with a name come first: a prompt can
    speak of them.
    """
    if kind not in _OF_OBJECTS:
        return None
    fitting = [
        place
        for place, instance in enumerate(source.instances)
        if area[0] <= instance.area <= area[1]
    ]
    named = [place for place in fitting if source.instances[place].label is not None]
    return min(
        named or fitting,
        key=lambda place: unit_interval("instance", source.source_id, place, *salt),
        default=None,
    )
