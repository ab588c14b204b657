"""How a picture is stored: drawn for its lineage, so that no codec tells a fake from its source."""

from __future__ import annotations

import numpy as np

from curation.codecs.stored import StoredCodec
from schemas.identity import derive_seed
from schemas.recipe.storing import CodecPolicy


def choose(policy: CodecPolicy, lineage_id: str, seed: int) -> tuple[StoredCodec, ...]:
    """The codecs for all pictures of one lineage (a source, its forgeries): one, or two for twins.

    A pure function of its arguments: whoever asks for a lineage gets the same draw. Raises
    ValueError for a policy that looks at more than the lineage; see `planning.plan_chains`.
    """
    if policy.policy == "lossless":
        return (StoredCodec("PNG"),)
    if policy.policy not in {"jpeg", "twins"}:
        raise ValueError(f"{policy.policy!r} is planned over the whole set, by plan_chains")
    rng = np.random.default_rng(derive_seed(seed, "codec", lineage_id))
    quality = policy.qualities[int(rng.integers(len(policy.qualities)))]
    subsampling = policy.subsamplings[int(rng.integers(len(policy.subsamplings)))]
    jpeg = StoredCodec("JPEG", quality, subsampling)
    return (jpeg,) if policy.policy == "jpeg" else (StoredCodec("PNG"), jpeg)
