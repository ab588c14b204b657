"""The conformance kit's own jobs: at least four for each operation that a generator offers."""

from __future__ import annotations

from dataclasses import replace

from generators.conformance.pages import pages
from generators.conformance.pictures import ellipse, photographs, portraits
from generators.contract import CannotForge, GeneratorSpec, Need
from generators.requested_masks import draw_mask
from schemas.identity import derive_seed
from schemas.job import Job
from schemas.picture import Mask, Picture
from schemas.vocabulary import Domain, MaskKind

_LEAST = 4
_MASK_AREA = (0.02, 0.25)
_PROMPTS = (
    "a red bicycle leaning against a white wall",
    "two ripe pears on a wooden table",
    "a lighthouse above the sea at dusk",
    "an old radio on a shelf",
)


def jobs_for(spec: GeneratorSpec, salt: int = 0) -> tuple[Job, ...]:
    """Jobs for every operation of `spec`, over its domains and kinds of masks in turn.

    Another `salt` gives the same jobs with other seeds, and so with other requested masks. Their
    ids are readable: operation, number and picture.
    """
    count = max(_LEAST, 2 * len(spec.domains), len(spec.mask_kinds))
    return tuple(
        _job(spec, operation, index, salt)
        for operation in spec.operations
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


def _job(spec: GeneratorSpec, operation: str, index: int, salt: int) -> Job:
    turn, domain = divmod(index, len(spec.domains))
    pictures = suitable_pictures(spec, spec.domains[domain])
    source = pictures[turn % len(pictures)]
    seed = derive_seed("conformance", operation, index, salt)
    mask = None
    if Need.MASK in spec.needs:
        kind = spec.mask_kinds[index % len(spec.mask_kinds)]
        if kind is MaskKind.SUPPLIED and source.object_mask is None:
            marked = replace(source.source, has_mask=True)
            source = replace(source, source=marked, object_mask=middle(source))
        mask = _requested(kind, source, seed)
    return Job(
        job_id=f"{operation}-{index + 1}-{source.source.source_id}",
        operation=operation,
        seed=seed,
        source=source,
        second=pictures[(turn + 1) % len(pictures)] if Need.SECOND in spec.needs else None,
        mask=mask,
        prompt=_PROMPTS[index % len(_PROMPTS)] if Need.PROMPT in spec.needs else None,
    )


def _requested(kind: MaskKind, picture: Picture, seed: int) -> Mask:
    """A mask as a run would draw it, or the middle where the picture has no such region."""
    try:
        mask = draw_mask(kind, picture, seed, _MASK_AREA)
    except CannotForge:
        return middle(picture)
    mask.setflags(write=False)
    return mask
