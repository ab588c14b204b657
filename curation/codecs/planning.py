"""The chain of every picture of a set, by the recipe's policy: planned once, over the whole set."""

from __future__ import annotations

from collections.abc import Iterable

from curation.codecs.chain import Chain
from curation.codecs.fitting import Fit
from curation.codecs.matching import matched_chains
from curation.codecs.policy import choose
from curation.codecs.samples import Sample, own_encoding
from curation.codecs.stored import StoredCodec
from schemas.recipe.storing import CodecPolicy


def plan_chains(
    policy: CodecPolicy, samples: Iterable[Sample], seed: int, fit: Fit = "crop"
) -> dict[str, tuple[Chain, ...]]:
    """For every picture, by sample id, the chains to publish it by: one, or two for twins.

    lossless, jpeg, twins: as `policy.choose` draws for its lineage. matched: see `matched_chains`.
    as_they_came: each in the encoding of its own file, so a forgery in what its generator handed
    over. That is the trap which the shortcut audit exists to find: it is there to show what a set
    gives away that nobody matched, and for sets that are never trained on. The result depends on
    neither the order of samples nor anything but the arguments.
    """
    if policy.policy == "matched":
        matched = matched_chains(policy, samples, seed, fit)
        return {name: (chain,) for name, chain in matched.items()}
    chains = {}
    for sample in sorted(samples, key=lambda sample: sample.sample_id):
        stored: tuple[StoredCodec, ...]
        if policy.policy == "as_they_came":
            stored = (own_encoding(policy, sample, seed),)
        else:
            stored = choose(policy, sample.source_id or sample.sample_id, seed)
        chains[sample.sample_id] = tuple(Chain(one, sample.history.saves) for one in stored)
    return chains
