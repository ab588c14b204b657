"""A model of another family says whether a picture bears out what raters wrote of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import create_model, field_validator

from annotation.mllm.answer import Form, readable, strict_schema
from annotation.mllm.asking import Unanswered, asked
from annotation.mllm.instructing import form_of, read
from annotation.mllm.parsing import AnswerForm
from annotation.mllm.pictures import spoken, views
from endpoints.dialogue import Dialogue, Message
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES_BY_ID
from schemas.identity import digest, unit_interval
from schemas.recipe.raters import Judge
from schemas.vocabulary import RaterKind, Support, Verdict

MOST_STATEMENTS = 24
"""Rows that one question can be about."""
_NAME = "judging"
_LONGEST_SEEN = 600
# They are part of what is said, and so of its version.
_STATEMENT = "{number}. {subject}: {claim}. {rationale}"
_SUBJECT_OF_WHOLE = "The picture as a whole"
_CLAIMS = {
    Verdict.PRESENT: ("is to be seen", "does not look authentic"),
    Verdict.ABSENT: ("is not to be seen", "looks authentic"),
    Verdict.UNSURE: ("cannot be told", "cannot be told"),
}
_REQUEST = "The statements:"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge says of each row, by its id. `version`: of the instructions."""

    supports: Mapping[str, Support]
    model: str
    version: str
    dollars: float | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Why there is no judgement of these rows: see `annotation.mllm.rater.Unrated`."""

    rows: tuple[str, ...]
    reason: str
    detail: str
    dollars: float | None = 0.0
    keys: tuple[str, ...] = ()


class _Statement(Form):
    seen: str
    support: Literal["supported", "unsupported", "unsure"]

    @field_validator("seen")
    @classmethod
    def _readable(cls, text: str) -> str:
        return readable(text, _LONGEST_SEEN)


def judged_rows(judge: Judge, rows: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """The rows that `judge` is to be asked about: its share of those that it can judge.

    Those are rows of other families with a rationale and a verdict that is not unsure; numbers
    measured from pixels cannot be judged by eye. A row is chosen by its id alone.
    """
    return tuple(
        row
        for row in rows
        if row.rater_kind is not RaterKind.MEASURED
        and row.rater_family != judge.family
        and row.verdict is not Verdict.UNSURE
        and row.rationale.strip()
        and unit_interval("judged", row.annotation_id) < judge.share
    )


def swapped_rows(judge: Judge, rows: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """Of rows that are judged, those that the judge also sees beside another picture."""
    return tuple(row for row in rows if unit_interval("swapped", row.annotation_id) < judge.swapped)


def other_picture(sample_id: str, candidates: Sequence[str]) -> str | None:
    """Which of `candidates` stands in for the picture of `sample_id`; None where there is no other.

    Drawn by hashes, whatever the order of the candidates. Give those of the same domain, so that
    the control asks whether a text is about its picture and not whether it is about a page.
    """
    others = (candidate for candidate in candidates if candidate != sample_id)
    return min(others, key=lambda other: digest("other", sample_id, other), default=None)


def judge(
    model: Judge, rows: Sequence[Annotation], image: bytes, form: AnswerForm = "schema"
) -> Dialogue[Judged | Unjudged]:
    """Ask whether `image` bears out the rationales of `rows`, all of them in one question.

    The swapped-image control is the same question with another picture; nothing in it tells.
    `form`: as `MllmRater.answers`. Raises `ValueError` for no rows, for more than
    `MOST_STATEMENTS`, and for rows of the judge's own family.
    """
    if not 0 < len(rows) <= MOST_STATEMENTS:
        raise ValueError(
            f"{len(rows)} rows cannot be judged in one question; give 1 to {MOST_STATEMENTS}"
        )
    if any(row.rater_family == model.family for row in rows):
        raise ValueError(f"a judge of the family {model.family!r} must not judge its own family")
    answer, schema, text, version = _instructions(len(rows), form)
    shown = views(image)
    statements = [_statement(number, row) for number, row in enumerate(rows, start=1)]
    said = "\n\n".join(filter(None, [spoken(shown), "\n".join([_REQUEST, *statements])]))
    question = Message("user", said, tuple(view.image for view in shown))
    found = yield from asked((Message("system", text), question), answer, schema, form, _NAME)
    if isinstance(found, Unanswered):
        ids = tuple(row.annotation_id for row in rows)
        return Unjudged(ids, found.reason, found.detail, found.dollars, found.keys)
    supports = {
        row.annotation_id: Support(getattr(found.data, _key(number)).support)
        for number, row in enumerate(rows, start=1)
    }
    return Judged(supports, found.model, version, found.dollars, found.keys)


@cache
def _instructions(count: int, form: AnswerForm) -> tuple[type[Form], dict[str, Any], str, str]:
    fields: dict[str, Any] = {_key(number): (_Statement, ...) for number in range(1, count + 1)}
    answer = create_model("Judging", __base__=Form, **fields)
    schema = strict_schema(answer)
    text = read("judge") + form_of(schema, form)
    # The count of statements makes no other version.
    claims = [_CLAIMS[verdict] for verdict in Verdict]
    said = (form, strict_schema(_Statement), _STATEMENT, _SUBJECT_OF_WHOLE, claims, _REQUEST)
    return answer, schema, text, f"judge-{digest(read('judge'), read('repair'), *said)[:10]}"


def _statement(number: int, row: Annotation) -> str:
    known = ATTRIBUTES_BY_ID.get(row.attribute)
    of_attribute, of_whole = _CLAIMS[row.verdict]
    return _STATEMENT.format(
        number=number,
        subject=_SUBJECT_OF_WHOLE if known is None else known.forged,
        claim=of_whole if known is None else of_attribute,
        rationale=" ".join(row.rationale.split()),
    )


def _key(number: int) -> str:
    return f"statement_{number}"
