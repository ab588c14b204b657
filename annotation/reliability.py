"""Weighs raters by how reliable they prove to be, without knowing the truth.

A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm" (1979), by the library crowd-kit, for each question by itself: a rater who sees broken
shadows need not see smeared edges.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from annotation.agreement.coefficients import Floats
from annotation.agreement.votes import Ballot, Rater, Votes
from schemas.errors import MissingExtraError
from schemas.vocabulary import RaterKind

LEAST_RATERS = 3
LEAST_PICTURES = 200
"""Below so many raters, or pictures that two of them judged, error rates are not identified."""
LEAST_JUDGED = 20
"""Raters with fewer votes are weighed as unknown ones, and count towards no least number."""

# What is supposed of every rater before its first vote: so many right and wrong answers about what
# is there, and about what is not. It keeps a rater with three votes from being taken for an oracle,
# and the two truths from changing places.
_RIGHT, _WRONG = 4, 1
_ROUNDS = 100
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Reliability:
    """How a rater proved to answer one question.

    `sensitivity`: how often it says `present` of what is; `specificity`: how often it says `absent`
    of what is not; both with what is supposed of every rater beforehand. `judged`: its votes.
    """

    rater: Rater
    question: str
    judged: int
    sensitivity: float
    specificity: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the votes on one question come to.

    `posterior`: how probable `present` is, float64 (samples,), NaN where nobody voted. `raters` is
    empty and `prevalence` (the share of `present`) None where error rates are not identified; then
    the posterior is the share of votes for `present`.
    """

    posterior: Floats
    raters: tuple[Reliability, ...] = ()
    prevalence: float | None = None


def identified(ballot: Ballot) -> bool:
    """Whether a question has raters and votes enough to tell reliable raters from others."""
    votes = np.bincount(ballot.rater)
    known = votes >= LEAST_JUDGED
    judged = np.bincount(ballot.sample[known[ballot.rater]])
    return bool(
        np.count_nonzero(known) >= LEAST_RATERS and np.count_nonzero(judged >= 2) >= LEAST_PICTURES
    )


def shares(votes: Votes, question: str) -> Weighed:
    """One rater, one vote."""
    counts = votes.counts(question, np.ones(len(votes.raters), dtype=np.bool_))
    total = counts.sum(axis=1)
    return Weighed(np.where(total > 0, counts[:, 1] / np.maximum(total, 1), np.nan))


def weigh(votes: Votes, question: str) -> Weighed:
    """The votes on one question by the reliability of those who cast them.

    Where people have a majority, it is taken as the truth that machines are measured by; people
    are measured by the majority of the other people. Gives `shares` where a question is not
    `identified`. Needs crowd-kit for others; raises `MissingExtraError` where that is not
    installed. The same votes give the same result.
    """
    ballot = votes.ballots[question]
    if not identified(ballot):
        return shares(votes, question)
    people = votes.of_kind(RaterKind.HUMAN)
    counts = votes.counts(question, people)
    settled = np.flatnonzero(counts[:, 0] != counts[:, 1])
    truth = dict(zip(settled.tolist(), (counts[settled, 1] > counts[settled, 0]), strict=True))
    rates, prevalence = _fit(ballot, truth, len(votes.raters))
    rates[people] = _among_people(ballot, counts, len(votes.raters))[people]
    judged = np.bincount(ballot.rater, minlength=len(votes.raters))
    raters = tuple(
        Reliability(
            votes.raters[number],
            question,
            int(judged[number]),
            round(float(rates[number, 1]), 6),
            round(float(1 - rates[number, 0]), 6),
        )
        for number in np.flatnonzero(judged).tolist()
    )
    return Weighed(_posterior(ballot, rates, prevalence, len(votes.samples)), raters, prevalence)


def _posterior(ballot: Ballot, rates: Floats, prevalence: float, samples: int) -> Floats:
    """How probable `present` is by sample; `rates` as of `_fit`."""
    said = np.where(ballot.present[:, None], rates[ballot.rater], 1 - rates[ballot.rater])
    evidence = np.bincount(ballot.sample, np.log(said[:, 1] / said[:, 0]), minlength=samples)
    posterior = expit(evidence + np.log(prevalence / (1 - prevalence)))
    posterior[np.bincount(ballot.sample, minlength=samples) == 0] = np.nan
    return np.asarray(posterior)


def _among_people(ballot: Ballot, counts: Floats, raters: int) -> Floats:
    """As `_fit`, by what the others of a panel say; `counts` are the panel's, (samples, 2)."""
    others = counts[ballot.sample].copy()
    others[np.arange(len(others)), ballot.present.astype(int)] -= 1
    heard = others[:, 0] != others[:, 1]
    truth = (others[:, 1] > others[:, 0])[heard]
    cells = 2 * ballot.rater[heard] + truth
    judged = np.bincount(cells, minlength=2 * raters).reshape(raters, 2)
    found = np.bincount(cells, ballot.present[heard], minlength=2 * raters).reshape(raters, 2)
    return np.asarray((found + np.array([_WRONG, _RIGHT])) / (judged + _RIGHT + _WRONG))


def _fit(ballot: Ballot, truth: Mapping[int, bool], raters: int) -> tuple[Floats, float]:
    """How often each rater says `present` of what is absent and of what is present, and prevalence.

    The first is (raters, 2); 1/2 for raters without votes. `truth`: by position of the sample.
    """
    try:
        from crowdkit.aggregation.classification.dawid_skene import DawidSkene
    except ImportError as error:
        raise MissingExtraError(
            "annotate", "crowd-kit", "Weighing raters by their reliability"
        ) from error
    import pandas as pd

    # What is supposed of raters are votes on made-up pictures of known truth, at negative places.
    active = np.unique(ballot.rater)
    made_up = {-1 - n: n % 2 == 1 for n in range(2 * (_RIGHT + _WRONG))}
    said = [present == (n // 2 < _RIGHT) for n, present in enumerate(made_up.values())]
    data = pd.DataFrame(
        {
            "task": np.concatenate((ballot.sample, np.repeat(list(made_up), len(active)))),
            "worker": np.concatenate((ballot.rater, np.tile(active, len(made_up)))),
            "label": np.concatenate((ballot.present, np.repeat(said, len(active)))).astype(int),
        }
    )
    with warnings.catch_warnings():
        # crowd-kit 1.4.2 still asks pandas for things that later versions do by themselves.
        warnings.simplefilter("ignore", DeprecationWarning)
        model = DawidSkene(n_iter=_ROUNDS, tol=_TOLERANCE).fit(
            data, true_labels=pd.Series({**made_up, **truth}, dtype=int)
        )
    assert model.errors_ is not None
    assert model.priors_ is not None
    errors = model.errors_.xs(1, level="label")
    rates = np.full((raters, 2), 0.5)
    rates[active] = pd.DataFrame(errors).loc[active.tolist(), [0, 1]].to_numpy()
    return rates, float(model.priors_[1])
