"""The levels at which robustness is measured, by the name of each perturbation, with sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from detector.perturbations import operations
from schemas.errors import DatasetError
from schemas.identity import derive_seed
from schemas.picture import Mask, Pixels

_BENCO = (
    "The levels of IMDL-BenCo's robustness test (Ma et al., 2024), whose noise is given by its "
    "variance and whose blur by its window."
)
_OURS = (
    "DeFakerOne (arXiv 2605.14091) perturbs so without stating its levels; these are evenly spread "
    "around leaving the picture as it is."
)


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A named change of a picture at fixed levels.

    `unit` says what a level is, `source` whose levels they are. `identity` is the level at which
    nothing would change, None where there is none (a codec). `apply` takes the pixels, a level and
    a seed; `move` takes a mask and a level, None where pixels stay in their place.
    """

    name: str
    unit: str
    levels: tuple[float, ...]
    source: str
    identity: float | None
    apply: Callable[[Pixels, float, int], Pixels]
    move: Callable[[Mask, float], Mask] | None = None


@dataclass(frozen=True, slots=True)
class Perturbed:
    """A picture after a perturbation, and its masks, which are of the new size."""

    pixels: Pixels
    masks: tuple[Mask, ...]


PERTURBATIONS: tuple[Perturbation, ...] = (
    Perturbation(
        "jpeg",
        "IJG quality",
        (50, 60, 70, 80, 90, 100),
        _BENCO,
        None,
        lambda pixels, level, seed: operations.jpeg(pixels, int(level)),
    ),
    Perturbation(
        "gaussian_blur",
        "window, px",
        (3, 7, 11, 15, 19, 23),
        _BENCO,
        1,
        lambda pixels, level, seed: operations.gaussian_blur(pixels, int(level)),
    ),
    Perturbation(
        "gaussian_noise",
        "variance, squared grey levels",
        (3, 7, 11, 15, 19, 23),
        _BENCO,
        0,
        lambda pixels, level, seed: operations.gaussian_noise(pixels, level, seed),
    ),
    Perturbation(
        "resize",
        "factor",
        (0.25, 0.5, 0.75, 1.25, 1.5, 2.0),
        _OURS,
        1,
        lambda pixels, level, seed: operations.resize(pixels, level),
        operations.resize_mask,
    ),
    Perturbation(
        "brightness",
        "factor",
        (0.5, 0.75, 1.25, 1.5, 2.0),
        "DeFakerOne (arXiv 2605.14091) reports 1.0, 1.5 and 2.0; the others are their like below.",
        1,
        lambda pixels, level, seed: operations.brightness(pixels, level),
    ),
    Perturbation(
        "contrast",
        "factor",
        (0.5, 0.75, 1.25, 1.5, 2.0),
        _OURS,
        1,
        lambda pixels, level, seed: operations.contrast(pixels, level),
    ),
    Perturbation(
        "saturation",
        "factor",
        (0.0, 0.5, 1.5, 2.0),
        _OURS,
        1,
        lambda pixels, level, seed: operations.saturation(pixels, level),
    ),
    Perturbation(
        "webp",
        "libwebp quality",
        (50, 60, 70, 80, 90, 100),
        "WebP is what TGIF (Mareen et al., 2024) adds to JPEG; the qualities are those of JPEG.",
        None,
        lambda pixels, level, seed: operations.webp(pixels, int(level)),
    ),
)
PERTURBATIONS_BY_NAME: dict[str, Perturbation] = {one.name: one for one in PERTURBATIONS}


def perturb(
    name: str, level: float, pixels: Pixels, sample_id: str, masks: tuple[Mask, ...] = ()
) -> Perturbed:
    """A picture RGB uint8 (height, width, 3) under a perturbation, its masks moved with it.

    Noise is drawn from the picture's id, the name and the level, so that every picture has its own
    and has it whatever else is evaluated. Levels beside the registered ones may be asked for.
    Raises `DatasetError` for an unknown name.
    """
    if name not in PERTURBATIONS_BY_NAME:
        known = ", ".join(PERTURBATIONS_BY_NAME)
        raise DatasetError(f"there is no perturbation {name!r}; known are {known}")
    one = PERTURBATIONS_BY_NAME[name]
    changed = one.apply(pixels, level, derive_seed("perturbation", name, float(level), sample_id))
    return Perturbed(
        changed, tuple(mask if one.move is None else one.move(mask, level) for mask in masks)
    )


def grid(names: tuple[str, ...] = ()) -> Iterator[tuple[str, float]]:
    """Every (name, level) of these perturbations, or of all, in the order of the registry."""
    for one in PERTURBATIONS:
        if not names or one.name in names:
            for level in one.levels:
                yield one.name, level
