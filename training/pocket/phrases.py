"""Words for a picture that can be said honestly without anybody having looked at it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

KINDS = {"photograph": ("photograph", "photo", "picture"), "document": ("document", "scan", "page")}
BRIGHTNESS = {"dark": ("dark",), "": (), "bright": ("bright",)}
TEXTURE = {"smooth": ("smooth", "soft"), "": (), "detailed": ("detailed", "busy")}
COLOURS = ("grey", "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
_GLUE = ("a", "an", "the", "of", "in", "on", "with", "and", "mostly", "some")
_SYLLABLES = ("ba", "ke", "li", "mor", "nu", "per", "ri", "sta", "to", "wen", "ing", "ed", "er")

# Lower ends of the hue angles in CIELAB, in degrees, in the order of their colours.
_HUES = (
    (0, "pink"), (20, "red"), (45, "orange"), (78, "yellow"), (105, "green"), (170, "cyan"),
    (225, "blue"), (290, "purple"), (325, "pink"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Looks:
    """What can be measured of a picture: keys of the tables above."""

    kind: str
    brightness: str
    texture: str
    colour: str


def words() -> tuple[str, ...]:
    """Every word that phrases are made of, apart from meaningless ones."""
    groups = (*KINDS.values(), *BRIGHTNESS.values(), *TEXTURE.values(), COLOURS, _GLUE)
    return tuple(dict.fromkeys(word for group in groups for word in group))


def looks_of(pixels: NDArray[np.uint8], document: bool) -> Looks:
    """Measure a uint8 RGB picture."""
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    light = float(lab[..., 0].mean())
    steps = np.hypot(np.diff(lab[:-1, :, 0], axis=1), np.diff(lab[:, :-1, 0], axis=0))
    grain = float(steps.mean())
    red, yellow = float(lab[..., 1].mean()), float(lab[..., 2].mean())
    hue = float(np.degrees(np.arctan2(yellow, red))) % 360
    colour = [name for start, name in _HUES if hue >= start][-1]
    return Looks(
        kind="document" if document else "photograph",
        brightness="dark" if light < 32 else "bright" if light > 66 else "",
        texture="smooth" if grain < 2.5 else "detailed" if grain > 7.5 else "",
        colour=colour if np.hypot(red, yellow) > 8 else "grey",
    )


def phrase(looks: Looks, random: np.random.Generator) -> str:
    """A short phrase, worded at random, such as `a dark photo, blue`.

    Each quality but the kind is left out one time in four, so that none is needed. In a third of
    the phrases stand words without meaning, from which the denoiser learns to pay no attention to
    words that it does not know.
    """

    def one_of(options: tuple[str, ...]) -> list[str]:
        return [options[int(random.integers(len(options)))]] if options else []

    qualities = [
        *one_of(BRIGHTNESS[looks.brightness]),
        *one_of(TEXTURE[looks.texture]),
        looks.colour,
    ]
    said = [quality for quality in qualities if random.random() > 0.25]
    random.shuffle(said)
    kind = one_of(KINDS[looks.kind])
    if random.random() < 0.33:
        count = int(random.integers(1, 5))
        kind += [*one_of(_GLUE), *("".join(_nonsense(random)) for _ in range(count))]
    text = [*said, *kind] if random.random() < 0.6 else [*kind, *said]
    article = ["a"] if random.random() < 0.7 else []
    return " ".join([*article, *text])


def _nonsense(random: np.random.Generator) -> list[str]:
    return [
        _SYLLABLES[int(random.integers(len(_SYLLABLES)))] for _ in range(int(random.integers(1, 4)))
    ]
