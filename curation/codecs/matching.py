"""Deals the encodings of real pictures to forgeries, so that both have the same of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from curation.codecs.chain import Chain
from curation.codecs.fitting import Fit, fit_into
from curation.codecs.samples import Sample, last_lossy, own_encoding
from schemas.identity import unit_interval
from schemas.recipe.storing import CodecPolicy
from schemas.vocabulary import Domain

_BLOCK = 256
_SHORTFALL = 100.0
_Floats = npt.NDArray[np.float64]


def matched_chains(
    policy: CodecPolicy, samples: Iterable[Sample], seed: int, fit: Fit = "crop"
) -> dict[str, Chain]:
    """The chain of every picture, by sample id, such that encodings tell no fake from a real.

    A real picture is stored in the format, quality and subsampling of its own file. A forgery of a
    real picture takes that one's size and encoding. One without a source takes those of a donor:
    donors are dealt like cards among the real pictures of its domain and split, for each generator
    by itself. Of n forgeries and R real pictures, each combination of size, format, quality,
    subsampling and saves that r real pictures have goes to n r / R forgeries, to within less than
    one. Which forgery gets which of the cards dealt is settled so that little is cut away or
    enlarged; `fit` says how it is made to fit (see `fit_into`). Where a domain has no real picture
    in the split, natural ones stand in, then any of the split, then any; where there is none at
    all, a forgery is stored as it came.

    Pixels that saw fewer lossy encodings than the donor's are saved as its file was until they have
    seen as many, on its block grid. Pixels that saw more cannot lose them (`Chain.carried` counts
    them): such forgeries go to donors that saw as many, as far as those were dealt. All draws are
    hashes with `seed`; the order of samples does not matter. 100,000 pictures take seconds.
    """
    ordered = sorted(samples, key=lambda sample: sample.sample_id)
    reals = {sample.sample_id: sample for sample in ordered if sample.generator is None}
    encodings = {name: own_encoding(policy, real, seed) for name, real in reals.items()}
    chains = {
        name: Chain(encodings[name], carried=real.history.saves) for name, real in reals.items()
    }
    # In this order any stretch of them has its share of every size, encoding and number of saves.
    cards = _Cards(
        sorted(
            reals.values(),
            key=lambda real: (
                real.size,
                encodings[real.sample_id].said,
                real.history.saves,
                unit_interval(seed, "card", real.sample_id),
            ),
        )
    )

    def like(fake: Sample, donor: Sample) -> Chain:
        missing = max(0, donor.history.saves - fake.history.saves)
        # What shows its source, in another size, is brought back to the source's frame.
        framed = fake.same_frame and fake.source_id == donor.sample_id
        way: Fit = "resize" if framed else fit
        crop, size = fit_into(fake.size, donor.size, way, seed, fake.sample_id)
        return Chain(
            stored=encodings[donor.sample_id],
            carried=fake.history.saves,
            crop=crop,
            size=size,
            before=(last_lossy(policy, donor, seed),) * missing,
            phase=donor.phase if missing else (0, 0),
            like=donor.sample_id,
        )

    alone: defaultdict[tuple[str, str, str], list[Sample]] = defaultdict(list)
    for sample in ordered:
        if sample.generator is None:
            continue
        if sample.source_id in reals:
            chains[sample.sample_id] = like(sample, reals[sample.source_id])
        else:
            alone[sample.domain, sample.split, sample.generator].append(sample)
    for (domain, split, generator), fakes in sorted(alone.items()):
        start = unit_interval(seed, "deal", domain, split, generator)
        donors = _deal(cards.of(domain, split), len(fakes), start)
        if donors:
            pairs = _least_cut(fakes, donors)
            chains |= {fake.sample_id: like(fake, donor) for fake, donor in pairs}
        else:
            own = {fake.sample_id: own_encoding(policy, fake, seed) for fake in fakes}
            chains |= {f.sample_id: Chain(own[f.sample_id], f.history.saves) for f in fakes}
    return dict(sorted(chains.items()))


class _Cards:
    """Real pictures by domain and split, in the order given."""

    def __init__(self, reals: list[Sample]) -> None:
        self._all = reals
        self._in: defaultdict[object, list[Sample]] = defaultdict(list)
        for real in self._all:
            self._in[real.split].append(real)
            self._in[real.domain, real.split].append(real)

    def of(self, domain: str, split: str) -> list[Sample]:
        """Those of a domain and split, or the nearest to it that there are."""
        for key in ((domain, split), (Domain.NATURAL.value, split), split):
            if self._in[key]:
                return self._in[key]
        return self._all


def _deal(cards: Sequence[Sample], count: int, start: float) -> list[Sample]:
    """`count` of the cards, at even distances from a start in [0, 1)."""
    if not cards:
        return []
    return [cards[int((start + i) * len(cards) / count) % len(cards)] for i in range(count)]


def _least_cut(
    fakes: Sequence[Sample], donors: Sequence[Sample]
) -> Iterator[tuple[Sample, Sample]]:
    """Who gets which card: pairs with the least cut away, enlarged, or saved too often.

    Both are put in the order of their aspect and settled exactly within blocks of it.
    """

    def shape(sample: Sample) -> tuple[float, int, str]:
        return sample.width / sample.height, sample.width, sample.sample_id

    rows, columns = sorted(fakes, key=shape), sorted(donors, key=shape)
    for begin in range(0, len(rows), _BLOCK):
        some, offered = rows[begin : begin + _BLOCK], columns[begin : begin + _BLOCK]
        width, height, saves = _facts(some)
        wide, high, seen = _facts(offered)
        # How many times as wide and as high the donor is.
        across, down = wide / width[:, None], high / height[:, None]
        cut = 1 - np.minimum(across, down) / np.maximum(across, down)
        enlarged = np.log2(np.maximum(1, np.maximum(across, down)))
        cost = cut + enlarged + _SHORTFALL * np.maximum(0, saves[:, None] - seen)
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            yield some[row], offered[column]


def _facts(samples: Sequence[Sample]) -> tuple[_Floats, _Floats, _Floats]:
    facts = np.array([(s.width, s.height, s.history.saves) for s in samples], np.float64)
    return facts[:, 0], facts[:, 1], facts[:, 2]
