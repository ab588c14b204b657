"""The conformance kit's own jobs: a few for each operation that a generator offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from generators.conformance.extent import Extent, extent_of
from generators.conformance.pages import pages
from generators.conformance.pictures import ellipse, photographs, portraits, scaled
from generators.contract import CannotForge, GeneratorSpec, Item, Need
from generators.requested_masks import draw_mask
from schemas.identity import derive_seed
from schemas.job import Job
from schemas.picture import Mask, Picture, instance_of
from schemas.vocabulary import Domain, MaskKind

_MASK_AREA = (0.02, 0.25)
_PROMPTS = (
    "a red bicycle leaning against a white wall",
    "two ripe pears on a wooden table",
    "a lighthouse above the sea at dusk",
    "an old radio on a shelf",
)


def jobs_for(spec: GeneratorSpec, salt: int = 0, items: Sequence[Item] = ()) -> tuple[Job, ...]:
    """Jobs for every operation of `spec`, over its domains and kinds of masks in turn.

    With `items` they are those of an import, one job an item, without pictures. Another `salt`
    gives the same jobs with other seeds, and so with other requested masks. Their ids are
    readable: operation, number and picture.
    """
    if items:
        numbered = [(o, n, item) for o in spec.operations for n, item in enumerate(items)]
        return tuple(_import_job(o, n, item, salt) for o, n, item in numbered)
    extent = extent_of(spec)
    count = max(extent.jobs, extent.jobs // 2 * len(spec.domains))
    if extent.scale == 1.0:
        count = max(count, len(spec.mask_kinds))
    return tuple(
        _job(spec, extent, (operation, number), index, salt)
        for number, operation in enumerate(spec.operations)
        for index in range(count)
    )


def suitable_pictures(spec: GeneratorSpec, domain: Domain) -> tuple[Picture, ...]:
    """The kit's pictures of `domain` that have the marks that `spec` needs."""
    if Need.FACE in spec.needs:
        return portraits(domain)
    if Need.WORDS in spec.needs:
        return pages(domain)
    return {Domain.DEEPFAKE: portraits, Domain.DOCUMENT: pages}.get(domain, photographs)(domain)


def middle(picture: Picture) -> Mask:
    """A read-only mask of the ellipse in the middle of a picture that is half as wide and high."""
    height, width = picture.pixels.shape[:2]
    half = (max(1, width // 4), max(1, height // 4))
    mask = ellipse((height, width), (width // 2, height // 2), half)
    mask.setflags(write=False)
    return mask


def _job(
    spec: GeneratorSpec, extent: Extent, operation: tuple[str, int], index: int, salt: int
) -> Job:
    name, number = operation
    turn, domain = divmod(index, len(spec.domains))
    pictures = suitable_pictures(spec, spec.domains[domain])
    # Text is not made smaller: it could not be read.
    scale = 1.0 if Need.WORDS in spec.needs else extent.scale
    source = scaled(pictures[turn % len(pictures)], scale)
    if Need.SOURCE not in spec.needs:
        # A picture that a synthetic one only stands beside may be any.
        bare = replace(source.source, words=(), faces=(), instances=())
        source = replace(source, source=bare, instances=())
    second = None
    if Need.SECOND in spec.needs:
        second = scaled(pictures[(turn + 1) % len(pictures)], scale)
    seed = derive_seed("conformance", name, index, salt)
    mask = None
    if Need.MASK in spec.needs:
        # Few jobs still see many kinds: each operation begins with another one.
        kind = spec.mask_kinds[(index + number) % len(spec.mask_kinds)]
        if kind is MaskKind.SUPPLIED and not source.instances:
            mask = middle(source)
            marked = replace(source.source, instances=(instance_of(mask),))
            source = replace(source, source=marked, instances=(mask,))
        mask = _requested(kind, source, seed)
    return Job(
        job_id=f"{name}-{index + 1}-{source.source.source_id}",
        operation=name,
        seed=seed,
        picture=source,
        second=second,
        mask=mask,
        prompt=_PROMPTS[index % len(_PROMPTS)] if Need.PROMPT in spec.needs else None,
        draw=salt,
    )


def _import_job(operation: str, index: int, item: Item, salt: int) -> Job:
    return Job(
        job_id=f"{operation}-{index + 1}-{item.name}",
        operation=operation,
        seed=derive_seed("conformance", operation, index, salt),
        picture=None,
        prompt=item.prompt,
        draw=salt,
        item=item.name,
    )


def _requested(kind: MaskKind, picture: Picture, seed: int) -> Mask:
    """A mask as a run would draw it, or the middle where the picture has no such region."""
    if kind is MaskKind.SEGMENT:
        return middle(picture)  # What draws these wants weights of its own.
    try:
        mask = draw_mask(kind, picture, seed, _MASK_AREA)
    except CannotForge:
        return middle(picture)
    mask.setflags(write=False)
    return mask
