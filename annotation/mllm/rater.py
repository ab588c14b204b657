"""A multimodal language model rates one picture: the dialogue, and the rows that come of it."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.mllm.answer import ASKED, Answer
from annotation.mllm.asking import Answered, Unanswered, asked
from annotation.mllm.instructing import (
    Instructions,
    asked_cues,
    instructions_for,
    measured,
    request,
    told,
)
from annotation.mllm.pictures import View, region_views, spoken, views
from endpoints.dialogue import Dialogue, Message
from schemas.annotation import Annotation
from schemas.identity import derive_id
from schemas.recipe.raters import MllmRater
from schemas.vocabulary import Domain, Label, Mode, RaterKind
from storage.masks import decode_mask

_NAME = "rating"


@dataclass(frozen=True, slots=True)
class RatedSample:
    """A picture to be rated, and what a rater may be told of it.

    `image`: the stored bytes, of `width` by `height` pixels. `region`: a one-bit PNG of the same
    size; of a forgery the observed mask, of an authentic picture the region that was measured in
    its stead, None where there is none. `evidence`: what the measured rater says, a line each. A
    blind rater is told and shown nothing but `image`; an informed one `label` and `operation` too.
    """

    sample_id: str
    image: bytes
    width: int
    height: int
    domain: Domain
    label: Label
    operation: str | None = None
    region: bytes | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rated:
    """Six rows, one an attribute and one for the picture as a whole, and the caption if asked for.

    The rows share the cost; `dollars` is the sum, None where nobody knows the price (the rows then
    say 0). `keys` name the answers in the run's ledger; `repaired`: the first could not be used.
    """

    sample_id: str
    rater: str
    rows: tuple[Annotation, ...]
    caption: str | None
    repaired: bool
    dollars: float | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unrated:
    """Why there are no rows: "refused", "answer_unusable", or the endpoint's own reason."""

    sample_id: str
    rater: str
    reason: str
    detail: str
    dollars: float | None = 0.0
    keys: tuple[str, ...] = ()


def rate(
    rater: MllmRater, families: tuple[str, ...], sample: RatedSample
) -> Dialogue[Rated | Unrated]:
    """Show `sample` to `rater`, with one chance to mend an answer that cannot be used.

    `families`: those of the finer cues that it is asked about. Whatever the answer is, the result
    is rows or a reason. Raises `StorageError` for a picture or a region that cannot be read, and
    `ValueError` for a region of another size.
    """
    instructions = instructions_for(rater, asked_cues(families, sample.domain))
    messages = (Message("system", instructions.text), _question(rater, sample))
    found = yield from asked(
        messages, instructions.model, instructions.schema, rater.answers, _NAME
    )
    if isinstance(found, Unanswered):
        return Unrated(
            sample.sample_id, rater.name, found.reason, found.detail, found.dollars, found.keys
        )
    return Rated(
        sample_id=sample.sample_id,
        rater=rater.name,
        rows=_rows(rater, instructions, sample.sample_id, found),
        caption=found.data.said,
        repaired=found.repaired,
        dollars=found.dollars,
        keys=found.keys,
    )


def _question(rater: MllmRater, sample: RatedSample) -> Message:
    shown = views(sample.image, rater.longest_side, rater.tile, rater.most_tiles)
    outlined: tuple[View, ...] = ()
    facts = []
    if rater.mode is not Mode.BLIND:
        facts.append(told(sample.label, sample.operation))
    if rater.mode is Mode.GROUNDED:
        if sample.region is not None:
            region = decode_mask(sample.region)
            outlined = region_views(sample.image, region, rater.longest_side)
        facts.append(measured(sample.evidence, outlined=bool(outlined)))
    shown += outlined
    said = [*facts, spoken(shown), request()]
    return Message("user", "\n\n".join(filter(None, said)), tuple(view.image for view in shown))


def _rows(
    rater: MllmRater, instructions: Instructions, sample_id: str, found: Answered[Answer]
) -> tuple[Annotation, ...]:
    share = (found.dollars or 0.0) / len(ASKED)
    rows = []
    for attribute in ASKED:
        judgement = found.data.on(attribute)
        rows.append(
            Annotation(
                annotation_id=derive_id(
                    "annotation",
                    sample_id,
                    rater.name,
                    found.model,
                    attribute,
                    instructions.version,
                ),
                sample_id=sample_id,
                rater=rater.name,
                rater_kind=RaterKind.MLLM,
                rater_version=found.model,
                mode=rater.mode,
                attribute=attribute,
                verdict=judgement.verdict,
                rationale=judgement.rationale,
                rater_family=rater.family,
                confidence=judgement.confidence,
                region=judgement.region,
                cues=judgement.cues,
                prompt_version=instructions.version,
                cost=share,
            )
        )
    return tuple(rows)
