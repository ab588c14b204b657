"""A made set: real pictures as cameras and the web store them, fakes as models hand them over."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from curation.codecs.chain import Applied, apply_chain
from curation.codecs.planning import plan_chains
from curation.codecs.samples import Sample
from curation.codecs.stored import StoredCodec, encode_as
from schemas.picture import Codec, Pixels
from schemas.recipe.storing import CodecPolicy
from storage.codecs import decode, encode_png

_CAMERAS = (
    StoredCodec("JPEG", 92, "4:2:2"),
    StoredCodec("JPEG", 75, "4:2:0"),
    StoredCodec("JPEG", 85, "4:4:4"),
    StoredCodec("WEBP", 80),
    StoredCodec("PNG"),
)
_SIDES = (90, 104, 118, 126)


def picture(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Smooth shapes with grain: uint8 (height, width, 3)."""
    coarse = rng.integers(0, 256, (height // 12 + 2, width // 12 + 2, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, rng.uniform(3, 9), (height, width, 3))
    return np.clip(smooth + grain, 0, 255).astype(np.uint8)


def real(number: int) -> tuple[Sample, bytes]:
    """A crop of a file that was saved in one of the ways of cameras, at any place."""
    rng = np.random.default_rng((1, number))
    camera = _CAMERAS[int(rng.integers(len(_CAMERAS)))]
    width, height = (_SIDES[int(side)] for side in rng.integers(len(_SIDES), size=2))
    file = decode(encode_as(picture(rng, 190, 180), camera))
    left, top = (int(place) for place in rng.integers(0, 30, 2))
    history = camera.recorded(0)
    sample = Sample(
        f"real-{number:04}",
        "natural",
        "train",
        width,
        height,
        history,
        phase=(left % 16, top % 16),
    )
    return sample, encode_png(file[top : top + height, left : left + width].copy())


def fake(number: int) -> tuple[Sample, bytes]:
    """Pixels that a model drew, in one of the sizes of models."""
    rng = np.random.default_rng((2, number))
    width, height = ((128, 192)[int(side)] for side in rng.integers(2, size=2))
    sample = Sample(
        f"fake-{number:04}", "aigc", "train", width, height, Codec("PNG"), "text_to_image"
    )
    return sample, encode_png(picture(rng, width, height))


def published(policy: str, made: Sequence[tuple[Sample, bytes]]) -> list[tuple[Sample, Applied]]:
    """The pictures, stored by a policy."""
    recipe = CodecPolicy.model_validate({"policy": policy})
    chains = plan_chains(recipe, [sample for sample, _ in made], 0)
    return [(sample, apply_chain(chains[sample.sample_id][0], png)) for sample, png in made]
