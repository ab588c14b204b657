"""What is known of the image models behind the protocol: their sizes, qualities and kin."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_USUAL = ((1024, 1024), (1536, 1024), (1024, 1536))
_STEP = 16
_SHAPE = 3.0
_EDGE = 3840
_LEAST, _MOST = 655_360, 8_294_400
# "auto" stays with the area of the largest usual size: beyond it every model costs in proportion.
_AUTO_MOST = 1536 * 1024
_THREE = ("auto", "low", "medium", "high")
_FIVE = (*_THREE, "xhigh", "max")

OPENAI_TERMS = (
    "OpenAI's Terms of Use assign the output to the user, who may not use it to develop models "
    "that compete with OpenAI."
)


@dataclass(frozen=True, slots=True)
class ImageModel:
    """A model. `free_size`: it draws any size in steps of 16 px, not the three usual ones alone.

    `fidelity`: whether it takes `input_fidelity`.
    """

    family: str
    released: str
    free_size: bool
    qualities: tuple[str, ...] = _THREE
    fidelity: bool = False


MODELS: dict[str, ImageModel] = {
    "gpt-image-1-mini": ImageModel("gpt-image", "2025-10-06", False, fidelity=True),
    "gpt-image-1.5": ImageModel("gpt-image", "2025-12-16", False, fidelity=True),
    "gpt-image-2": ImageModel("gpt-image", "2026-04-21", True),
    "gpt-image-2.5-flare": ImageModel("gpt-image", "2026-09-08", True, _FIVE),
    "gpt-image-2.5-sunburst": ImageModel("gpt-image", "2026-09-08", True, _FIVE),
    "gpt-image-2.6-flare": ImageModel("gpt-image", "2026", True, _FIVE),
    "gpt-image-2.6-sunburst": ImageModel("gpt-image", "2026", True, _FIVE),
}
"""Models by name without the date of a snapshot; others are taken as the endpoint takes them."""

RETIRED: dict[str, str] = {
    "dall-e-2": "2026-05-12",
    "dall-e-3": "2026-05-12",
    "gpt-image-1": "2026-10-23",
}
"""Models that OpenAI has shut down, and when."""


def known(model: str) -> ImageModel | None:
    """What is known of a model or of the model that it is a snapshot of."""
    return MODELS.get(_SNAPSHOT.sub("", model))


def parse_size(text: str) -> tuple[int, int] | None:
    """(width, height) of "1536x1024"; None for "auto". Raises ValueError for anything else."""
    if text == "auto":
        return None
    found = re.fullmatch(r"([1-9]\d{1,4})x([1-9]\d{1,4})", text)
    if found is None:
        raise ValueError(f"{text!r} is neither 'auto' nor a size such as '1536x1024'")
    return int(found[1]), int(found[2])


def size_problem(model: str, size: tuple[int, int]) -> str:
    """Why a known model does not draw `size` (width, height); empty where it does."""
    about = known(model)
    width, height = size
    if about is None:
        return ""
    if not about.free_size:
        usual = ", ".join(f"{w}x{h}" for w, h in _USUAL)
        return "" if size in _USUAL else f"{model} draws {usual}"
    fits = (
        width % _STEP == 0 == height % _STEP
        and max(size) <= _EDGE
        and max(size) <= _SHAPE * min(size)
        and _LEAST <= width * height <= _MOST
    )
    if fits:
        return ""
    return (
        f"{model} draws sizes in steps of {_STEP}, with sides of up to {_EDGE} within 1:3, and "
        f"{_LEAST:,} to {_MOST:,} pixels"
    )


def nearest_size(model: str, size: tuple[int, int] | None) -> tuple[int, int]:
    """The (width, height) that `model` draws and that is nearest in shape to `size`.

    Models of free size come as near in area as well, up to that of 1536x1024. Without a size, and
    for models that are not known, it is among the three usual ones.
    """
    if size is None:
        return _USUAL[0]
    width, height = size
    about = known(model)
    if about is None or not about.free_size:
        shape = math.log(width / height)
        return min(_USUAL, key=lambda usual: abs(math.log(usual[0] / usual[1]) - shape))
    area = min(max(width * height, _LEAST), _AUTO_MOST)
    shape = min(max(width / height, 1 / _SHAPE), _SHAPE)
    # Rounded up: both the least area and the widest shape hold for what comes out.
    short = math.ceil(math.sqrt(area / max(shape, 1 / shape)) / _STEP) * _STEP
    long = min(math.ceil(area / short / _STEP) * _STEP, int(_SHAPE * short))
    return (long, short) if shape >= 1 else (short, long)
