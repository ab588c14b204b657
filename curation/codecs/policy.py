"""How a picture is stored: drawn for its lineage, so that no codec tells a fake from its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from schemas.identity import derive_seed
from schemas.picture import Codec
from schemas.recipe.storing import CodecPolicy
from storage.codecs import Subsampling, decode, encode_jpeg


@dataclass(frozen=True, slots=True)
class StoredCodec:
    """How a picture is to be encoded. `quality` and `subsampling` belong to JPEG alone."""

    format: Literal["PNG", "JPEG"]
    quality: int | None = None
    subsampling: Subsampling | None = None


def choose(policy: CodecPolicy, lineage_id: str, seed: int) -> tuple[StoredCodec, ...]:
    """The codecs for all pictures of one lineage (a source, its forgeries): one, or two for twins.

    A pure function of its arguments: whoever asks for a lineage gets the same draw.
    """
    if policy.policy == "lossless":
        return (StoredCodec("PNG"),)
    rng = np.random.default_rng(derive_seed(seed, "codec", lineage_id))
    quality = policy.qualities[int(rng.integers(len(policy.qualities)))]
    subsampling = policy.subsamplings[int(rng.integers(len(policy.subsamplings)))]
    jpeg = StoredCodec("JPEG", quality, subsampling)
    return (jpeg,) if policy.policy == "jpeg" else (StoredCodec("PNG"), jpeg)


def encode(png: bytes, stored: StoredCodec, history: Codec) -> tuple[bytes, Codec]:
    """A picture's bytes to publish, from its lossless ones, and the codec to record for them.

    `history` is the codec of the file that the pixels came from (a forgery's: its source's); its
    lossy encodings count on in `saves`, and JPEG adds one.
    """
    if stored.format == "PNG":
        return png, Codec("PNG", saves=history.saves, lossless=True)
    if stored.quality is None or stored.subsampling is None:
        raise ValueError("a JPEG needs a quality and a subsampling")
    codec = Codec("JPEG", stored.quality, stored.subsampling, history.saves + 1, lossless=False)
    return encode_jpeg(decode(png), stored.quality, stored.subsampling), codec
