"""Says which pictures to leave out so that real and fake have the same histogram of topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.balance.topics import NONE, Topics
from schemas.identity import unit_interval


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A picture that one side has too many of its kind of, with the reason in a sentence."""

    sample_id: str
    topic: int
    detail: str


def surplus(
    topics: Topics,
    fake: npt.NDArray[np.bool_],
    sample_ids: Sequence[str],
    seed: int,
    *,
    strata: Sequence[str] | None = None,
    fixed: npt.NDArray[np.bool_] | None = None,
) -> tuple[LeftOut, ...]:
    """The fewest pictures without which every topic has the same share of real and of fake.

    Within each stratum (a split, say; all are one where none is given) the ratio of real to fake
    stays what it is over all topics, and every topic is brought to it by leaving out what one side
    has more; which of them, a hash with `seed` decides. `fixed` (n,): pictures that must stay, such
    as sources of forgeries; where they alone are too many, the topic stays lopsided. A topic that
    one side lacks is left out whole on the other. Pictures without a topic stay. The order of rows
    does not matter; the result is sorted by sample id.
    """
    held = np.zeros(fake.size, np.bool_) if fixed is None else fixed
    stratum = np.unique(np.asarray(strata or [""] * fake.size, np.str_), return_inverse=True)[1]
    found: list[LeftOut] = []
    for number in range(int(stratum.max(initial=-1)) + 1):
        rows = np.flatnonzero((stratum == number) & (topics.number != NONE))
        reals, fakes = np.count_nonzero(~fake[rows]), np.count_nonzero(fake[rows])
        if not reals or not fakes:
            continue
        for topic in range(len(topics.words)):
            about = rows[topics.number[rows] == topic]
            sides = about[~fake[about]], about[fake[about]]
            # What each side may keep, for the other's sake; rounded up, so that none is emptied.
            limits = (
                -(-sides[1].size * reals // fakes),
                -(-sides[0].size * fakes // reals),
            )
            for side, label, limit in zip(sides, ("real", "fake"), limits, strict=True):
                free = sorted(
                    (sample_ids[row] for row in side[~held[side]]),
                    key=lambda name: (unit_interval(seed, "topic", name), name),
                )
                others = sides[0].size if label == "fake" else sides[1].size
                about_what = ", ".join(topics.words[topic][:3]) or f"topic {topic}"
                detail = (
                    f"{side.size} {label} pictures are about {about_what} for {others} of the "
                    f"other label, where {limit} are in proportion"
                )
                over = max(0, side.size - limit)
                found += [LeftOut(name, topic, detail) for name in free[:over]]
    return tuple(sorted(found, key=lambda one: one.sample_id))
