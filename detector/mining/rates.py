"""Failure rates that few pictures cannot carry away: drawn towards what lies around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

LEVEL = 0.95
_STRENGTHS = np.array([1.0, 4.0, 16.0, 64.0, 256.0])
_ROUNDS = 200
_JEFFREYS = 0.5


@dataclass(frozen=True, slots=True)
class Tally:
    """`failures` of `cases`, and the (fewer) independent cases that they are worth."""

    cases: int
    failures: int
    worth: float

    @property
    def share(self) -> float:
        """The plain rate."""
        return self.failures / self.cases


@dataclass(frozen=True, slots=True)
class Rate:
    """A failure rate: what was counted, and the beta distribution that it was drawn to."""

    tally: Tally
    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """The shrunk rate, 0..1."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def interval(self) -> tuple[float, float]:
        """The middle 95% of the distribution."""
        tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
        low, high = stats.beta.ppf(tails, self.alpha, self.beta)
        return float(low), float(high)

    def surely_above(self, rate: float) -> float:
        """The probability that the true rate lies above `rate`."""
        return float(stats.beta.sf(rate, self.alpha, self.beta))


def alone(tally: Tally) -> Rate:
    """The rate of a whole that nothing lies around (Jeffreys's prior, one half and one half)."""
    return _after(tally, _JEFFREYS, _JEFFREYS)


def shrunk(tallies: Sequence[Tally], towards: Sequence[float]) -> tuple[Rate, ...]:
    """Each rate drawn towards its own centre, the more the fewer cases it has.

    Rates around a centre m are taken to be beta distributed with parameters m s and (1 - m) s, so
    that counts are beta-binomial (Skellam 1948, "A probability distribution derived from the
    binomial distribution …"). s, how many cases the surroundings weigh, is drawn from a few values,
    whose shares are those that make all counts together most likely: empirical Bayes (Morris 1983,
    "Parametric Empirical Bayes Inference: Theory and Applications", JASA 78) with a mixture for the
    prior (Efron 2016, "Empirical Bayes deconvolution estimates", Biometrika 103). So one cell that
    is unlike its siblings keeps its own rate, however much alike all others are.
    """
    if not tallies:
        return ()
    centres = np.clip(np.asarray(towards, np.float64), 1e-3, 1 - 1e-3)[:, None]
    worth = np.array([[tally.worth] for tally in tallies])
    wrong = worth * np.array([[tally.share] for tally in tallies])
    before = centres * _STRENGTHS, (1 - centres) * _STRENGTHS
    after = before[0] + wrong, before[1] + worth - wrong
    likely = special.betaln(*after) - special.betaln(*before)
    shares = _responsible(np.exp(likely - likely.max(axis=1, keepdims=True)))
    sizes = after[0] + after[1]
    means = after[0] / sizes
    mean = (shares * means).sum(axis=1)
    spread = means * (1 - means) / (sizes + 1) + (means - mean[:, None]) ** 2
    variance = (shares * spread).sum(axis=1)
    return tuple(
        _of_moments(tally, float(m), float(v))
        for tally, m, v in zip(tallies, mean, variance, strict=True)
    )


def pooled(rates: Sequence[Rate]) -> Rate:
    """The rate of several sets of cases together, by the mean and variance of their mixture."""
    cases = np.array([rate.tally.cases for rate in rates], np.float64)
    shares = cases / cases.sum()
    means = np.array([rate.mean for rate in rates])
    spread = np.array([stats.beta.var(rate.alpha, rate.beta) for rate in rates])
    mean, variance = float(shares @ means), float(shares**2 @ spread)
    tally = Tally(
        sum(rate.tally.cases for rate in rates),
        sum(rate.tally.failures for rate in rates),
        sum(rate.tally.worth for rate in rates),
    )
    return _of_moments(tally, mean, variance)


def design_effect(strata: Iterable[Sequence[tuple[str, bool]]]) -> float:
    """How many pictures are worth one independent one, at least 1.

    A stratum holds (group, failed) of its pictures. The variance of a rate between groups over the
    binomial one, pooled over strata, as in Rao and Scott 1992, "A Simple Method for the Analysis of
    Clustered Binary Data" (Biometrics 48); counts divided by it can be used as if independent.
    """
    between = binomial = 0.0
    for stratum in strata:
        groups: defaultdict[str, list[bool]] = defaultdict(list)
        for group, failed in stratum:
            groups[group].append(failed)
        if len(groups) < 2:
            continue
        rate = sum(failed for _, failed in stratum) / len(stratum)
        off = np.array([sum(one) - len(one) * rate for one in groups.values()])
        between += len(groups) / (len(groups) - 1) * float(off @ off)
        binomial += len(stratum) * rate * (1 - rate)
    return max(1.0, between / binomial) if binomial else 1.0


def _responsible(likely: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How probable each strength is for each count (n, strengths), by expectation maximisation.

    One count more, spread over all strengths, keeps every one of them possible.
    """
    strengths = likely.shape[1]
    shares = np.full(strengths, 1 / strengths)
    for _ in range(_ROUNDS):
        each = likely * shares
        each /= each.sum(axis=1, keepdims=True)
        shares = (each.sum(axis=0) + 1 / strengths) / (len(likely) + 1)
    each = likely * shares
    responsible: npt.NDArray[np.float64] = each / each.sum(axis=1, keepdims=True)
    return responsible


def _of_moments(tally: Tally, mean: float, variance: float) -> Rate:
    size = mean * (1 - mean) / variance - 1
    return Rate(tally, mean * size, (1 - mean) * size)


def _after(tally: Tally, alpha: float, beta: float) -> Rate:
    wrong = tally.worth * tally.share
    return Rate(tally, alpha + wrong, beta + tally.worth - wrong)
