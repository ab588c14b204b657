"""What letting the recipe's raters judge would ask and cost, without asking anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.mllm.rater import RatedSample, rate
from endpoints.asked import price_asked
from endpoints.prices import BATCH_SHARE, Tokens, dollars
from endpoints.tokens import question_tokens
from flows.run import Run
from flows.stages import rate as rating
from flows.stages.judging.rated_samples import rated_samples
from schemas.attributes import ATTRIBUTES
from schemas.recipe import Recipe
from schemas.recipe.asking import AskedModel
from schemas.recipe.raters import MllmRater
from schemas.vocabulary import Domain, Label, Mode
from storage.codecs import encode_jpeg

_LOOKED_AT = 24
"""Pictures of the set whose questions are reckoned; the others are taken to be like them."""
_TYPICAL_SIDE = 512
# Six verdicts with two sentences each, a caption, a judge's statement: English of some length.
_OF_A_RATING, _OF_A_CAPTION, _OF_A_STATEMENT = 620, 60, 45
_ROWS = len(ATTRIBUTES) + 1


@dataclass(frozen=True, slots=True)
class Asking:
    """What one model would be asked. Dollars are None where nobody knows its price."""

    name: str
    model: str
    questions: int
    tokens: Tokens
    dollars: float | None
    batch_dollars: float | None


def forecast_rating(recipe: Recipe, counts: Mapping[str, int], run: Run | None) -> list[Asking]:
    """What each language model of the recipe would be asked, the judge last.

    `counts`: pictures by split. `run`: where these pictures are made already; None reckons with
    photographs of 512 by 512 pixels.
    """
    found = []
    rated = 0.0
    for rater in recipe.annotation.mllm:
        splits: Iterable[str] = rater.splits or tuple(counts)
        questions = round(rater.share * sum(counts.get(split, 0) for split in splits))
        rated += questions
        written = _OF_A_RATING + _OF_A_CAPTION * rater.captions
        one = _mean(_read(recipe, rater, run), written)
        found.append(_asking(rater, rater.name, questions, one))
    referee = recipe.annotation.judge
    if referee is not None and rated:
        statements = rated * _ROWS * referee.share * (1 + referee.swapped)
        questions = round(min(statements, rated * (1 + referee.swapped)))
        each = statements / max(1, questions)
        picture = _mean(_read(recipe, recipe.annotation.mllm[0], None), 0).image_in
        one = Tokens(
            text_in=round(700 + each * _OF_A_STATEMENT * 2),
            image_in=picture,
            text_out=round(each * _OF_A_STATEMENT),
        )
        found.append(_asking(referee, "judge", questions, one))
    return found


def _read(recipe: Recipe, rater: MllmRater, run: Run | None) -> Iterable[Tokens]:
    """The tokens of some of the rater's questions."""
    families = recipe.annotation.cues
    for sample in _looked_at(rater, run) or [_typical()]:
        yield question_tokens(next(rate(rater, families, sample)), 1)


def _looked_at(rater: MllmRater, run: Run | None) -> Sequence[RatedSample]:
    if run is None:
        return []
    chosen = [
        sample_id
        for stretch in rating.stretches(run)
        if stretch.rater.name == rater.name
        for sample_id in stretch.sample_ids
    ]
    step = max(1, len(chosen) // _LOOKED_AT)
    # What a grounded rater is told of measurements may not be known yet; it is little text.
    mode = Mode.BLIND if rater.mode is Mode.GROUNDED else rater.mode
    return list(rated_samples(run, mode, chosen[::step]))


def _typical() -> RatedSample:
    grey = np.full((_TYPICAL_SIDE, _TYPICAL_SIDE, 3), 128, np.uint8)
    image = encode_jpeg(grey, 90, "4:2:0")
    side = _TYPICAL_SIDE
    return RatedSample("typical", image, side, side, Domain.NATURAL, Label.REAL)


def _mean(questions: Iterable[Tokens], written: int) -> Tokens:
    known = list(questions)
    return Tokens(
        text_in=round(sum(one.text_in for one in known) / len(known)),
        image_in=round(sum(one.image_in for one in known) / len(known)),
        text_out=written,
    )


def _asking(asked: AskedModel, name: str, questions: int, one: Tokens) -> Asking:
    tokens = Tokens(one.text_in * questions, one.image_in * questions, one.text_out * questions)
    price = price_asked(asked)
    cost = None if price is None else dollars(price, tokens)
    batch = None if cost is None else cost * BATCH_SHARE
    return Asking(name, asked.model, questions, tokens, cost, batch)
