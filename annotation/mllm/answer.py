"""The form of a rater's answer, as models, and as a JSON schema that structured outputs accept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, create_model, field_validator, model_validator

from annotation.mllm.cleaning import clean
from schemas.annotation import Region
from schemas.attributes import ATTRIBUTES, WHOLE
from schemas.cues import Cue
from schemas.vocabulary import Verdict

ASKED: tuple[str, ...] = (*(attribute.id for attribute in ATTRIBUTES), WHOLE)
"""What a rater is asked about, in the order of its answer."""
LONGEST_RATIONALE = 1200
LONGEST_CAPTION = 600

_KEPT = ("type", "properties", "required", "additionalProperties", "items", "enum", "anyOf")
_FEWEST_LETTERS = 3
_SLACK = 0.02
_THINNEST = 0.001


class Form(BaseModel):
    """A part of an answer: nothing missing, nothing more, no text in place of a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Box(Form):
    """A place in fractions of the whole picture. Corners in any order; a slip beyond is clipped."""

    x0: float
    y0: float
    x1: float
    y1: float

    @model_validator(mode="after")
    def _in_the_picture(self) -> Box:
        sides = (self.x0, self.y0, self.x1, self.y1)
        if not all(-_SLACK <= side <= 1 + _SLACK for side in sides):
            raise ValueError("x0, y0, x1 and y1 are fractions from 0 to 1 of the whole picture")
        region = self.region
        if min(region.x1 - region.x0, region.y1 - region.y0) < _THINNEST:
            raise ValueError("the box has no area; give null where there is no single place")
        return self

    @property
    def region(self) -> Region:
        """The place as rows keep it."""
        left, right = sorted((_clipped(self.x0), _clipped(self.x1)))
        upper, lower = sorted((_clipped(self.y0), _clipped(self.y1)))
        return Region(left, upper, right, lower)


class _Reasons(Form):
    rationale: str
    box: Box | None

    @field_validator("rationale")
    @classmethod
    def _readable(cls, text: str) -> str:
        return readable(text, LONGEST_RATIONALE)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one attribute, or of the picture as a whole."""

    rationale: str
    region: Region | None
    cues: tuple[str, ...]
    verdict: Verdict
    confidence: float


class Answer(Form):
    """A whole answer; `answer_model` makes the model that has the fields."""

    @property
    def said(self) -> str | None:
        """The caption, where one was asked for."""
        return getattr(self, "caption", None)

    def on(self, attribute: str) -> Judgement:
        """What is said of one of `ASKED`."""
        found = getattr(self, attribute)
        return Judgement(
            rationale=found.rationale,
            region=None if found.box is None else found.box.region,
            cues=tuple(dict.fromkeys(getattr(found, "cues", ()))),
            verdict=Verdict(found.verdict),
            confidence=float(found.confidence),
        )


class _Captioned(Answer):
    caption: str

    @field_validator("caption")
    @classmethod
    def _readable(cls, text: str) -> str:
        return readable(text, LONGEST_CAPTION)


@cache
def answer_model(cues: tuple[Cue, ...], captions: bool) -> type[Answer]:
    """The model of an answer in which `cues` can be named, with or without a caption."""
    fields: dict[str, Any] = {}
    for attribute in ASKED:
        ids = tuple(cue.id for cue in cues if cue.attribute == attribute)
        fields[attribute] = (_judgement(ids), ...)
    return create_model("Rating", __base__=_Captioned if captions else Answer, **fields)


def readable(text: str, longest: int) -> str:
    """`text` cleaned. Raises `ValueError` where it says nothing, or is longer than that."""
    text = clean(text)
    if sum(map(str.isalpha, text[:longest])) < _FEWEST_LETTERS:
        raise ValueError("it says nothing")
    if len(text) > longest:
        raise ValueError(f"it has {len(text)} characters; {longest} are allowed")
    return text


def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of `model` with nothing in it but what structured outputs accept.

    Every property is required, nothing else is allowed, what may be missing is null, references are
    written out, and bounds are left to the model itself.
    """
    schema = model.model_json_schema()
    return cast("dict[str, Any]", _strict(schema, schema.get("$defs", {})))


def _strict(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [_strict(part, definitions) for part in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        return _strict(definitions[node["$ref"].rpartition("/")[2]], definitions)
    if "const" in node:
        return {"type": node["type"], "enum": [node["const"]]}
    kept = {key: node[key] for key in _KEPT if key in node}
    if "properties" in kept:
        parts = kept["properties"]
        return kept | {
            "properties": {name: _strict(part, definitions) for name, part in parts.items()},
            "required": list(parts),
            "additionalProperties": False,
        }
    return {key: _strict(value, definitions) for key, value in kept.items()}


def _judgement(ids: tuple[str, ...]) -> type[_Reasons]:
    # What is written first sways what follows: reasons stand before the verdict.
    fields: dict[str, Any] = {}
    if ids:
        # Which cues there are is known only here, where no type checker looks.
        fields["cues"] = (list[Literal[ids]], ...)  # type: ignore[valid-type]
    fields["verdict"] = (Literal["present", "absent", "unsure"], ...)
    fields["confidence"] = (Annotated[float, Field(ge=0, le=1)], ...)
    return create_model("Judgement", __base__=_Reasons, **fields)


def _clipped(side: float) -> float:
    return min(1.0, max(0.0, side))
