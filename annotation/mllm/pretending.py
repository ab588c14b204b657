"""A model that only pretends to look: answers that fit our questions, for tests and for trials."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotation.mllm.answer import ASKED
from schemas.annotation import Region
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.identity import derive_seed, digest, hash_bytes
from schemas.region_words import place
from schemas.vocabulary import Label, Verdict

_SCHEMA = re.compile(r"```json\n(.*?)\n```", re.DOTALL)
_THINGS = (
    "bench", "bicycle", "bottle", "bridge", "canopy", "chair", "coat", "collar", "column", "cup",
    "curtain", "doorway", "fence", "flag", "gutter", "handrail", "hat", "hedge", "ladder", "lamp",
    "letter box", "mast", "parasol", "path", "pillar", "puddle", "railing", "roof", "rope", "scarf",
    "shelf", "shoe", "signpost", "sleeve", "staircase", "stone", "table", "tree", "wheel", "window",
)  # fmt: skip
_KINDS = (
    "amber", "blue", "broken", "chequered", "crooked", "dusty", "folded", "green", "grey", "heavy",
    "iron", "narrow", "old", "painted", "pale", "red", "round", "rusty", "square", "striped",
    "tall", "thin", "tin", "wet", "wicker", "wide", "wooden", "worn", "woven", "yellow",
)  # fmt: skip
_MANNERS = (
    "with its darker side to the ground", "half in front of the others", "close to the border",
    "where two surfaces meet", "in the middle distance", "just beside the brightest spot",
    "behind the nearest of them", "at about a third of the height", "turned a little to the left",
    "under the widest of the bright areas", "next to a plain surface", "in the last of the light",
)  # fmt: skip
_ORDINARY = {
    "lighting": "The {one} and the {other} are both lit from the same side {where}, {how}",
    "edges": "The outline of the {one} {where} is as crisp as that of the {other}, {how}",
    "texture": "The {one} {where} bears the same fine grain as the {other}, {how}",
    "quality": "The {one} {where} and the {other} are equally sharp, {how}",
    "semantics": "The {one} {where} stands as it can stand beside the {other}, {how}",
    WHOLE: "The {one} {where} and the {other} belong to one scene, {how}",
}
_OPEN = "The {one} {where} is too small beside the {other} to tell, {how}"
_FOUND = "{cue}: the {one} {where} against the {other}, {how}"
_ODD = "The {one} {where} does not belong with the {other}, {how}"
_CAPTION = "A {one} and a {other} {how}."


@dataclass(frozen=True, slots=True)
class Pretender:
    """`LocalServer(chat=Pretender())`: answers ratings and judgings by their schema, and no others.

    The same request always gets the same answer, another picture or model another one. `errors`:
    the share of first answers that cannot be used, of eight kinds; `stubborn`: the share of these
    whose repair cannot be used either. `truth`: labels by the SHA-256 of a picture's bytes as they
    are sent; of pictures that are in it the verdict on the whole is right in the share `accuracy`,
    of others it is drawn. `unsure`: the share of verdicts that are left open. `supported`: the
    share of statements that it bears out as a judge.
    """

    seed: int = 0
    errors: float = 0.0
    stubborn: float = 0.2
    truth: Mapping[str, Label] = field(default_factory=dict)
    accuracy: float = 0.8
    unsure: float = 0.1
    supported: float = 0.7

    def __call__(self, request: Mapping[str, Any]) -> str:
        """The text of the answer to a request in the chat protocol."""
        schema = _schema(request)
        if schema is None:
            return "I can only answer by a JSON schema."
        pictures = _pictures(request)
        turns = len(request["messages"])
        first = json.dumps(request["messages"][:2], sort_keys=True)
        rng = np.random.default_rng(derive_seed("pretend", self.seed, request.get("model"), first))
        if WHOLE in schema["properties"]:
            answer = self._rating(schema["properties"], self._label(pictures, rng), rng)
        else:
            answer = self._judging(schema["properties"], rng)
        spelt = json.dumps(answer)
        wrong = rng.random() < self.errors
        still = rng.random() < self.stubborn
        if wrong and (turns <= 2 or still):
            return _ERRORS[int(rng.integers(len(_ERRORS)))](spelt)
        return spelt

    def _label(self, pictures: list[str], rng: np.random.Generator) -> Label:
        drawn, right = bool(rng.random() < 0.5), bool(rng.random() < self.accuracy)
        known = self.truth.get(pictures[0]) if pictures else None
        if known is None:
            return Label.FAKE if drawn else Label.REAL
        return known if right else Label.FAKE if known is Label.REAL else Label.REAL

    def _rating(
        self, properties: Mapping[str, Any], label: Label, rng: np.random.Generator
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        if "caption" in properties:
            answer["caption"] = _worded(_CAPTION, rng, None)
        for attribute in ASKED:
            asked = properties[attribute]["properties"]
            verdict = self._verdict(attribute, label, rng)
            answer[attribute] = _judgement(attribute, verdict, asked, rng)
        return answer

    def _verdict(self, attribute: str, label: Label, rng: np.random.Generator) -> Verdict:
        if rng.random() < self.unsure:
            return Verdict.UNSURE
        chance = float(label is Label.FAKE)
        if attribute != WHOLE:
            chance = 0.45 if label is Label.FAKE else 0.08
        return Verdict.PRESENT if rng.random() < chance else Verdict.ABSENT

    def _judging(
        self, properties: Mapping[str, Any], rng: np.random.Generator
    ) -> dict[str, dict[str, str]]:
        rest = (1 - self.supported) / 2
        words = ("supported", "unsupported", "unsure")
        return {
            key: {
                "seen": _worded(_ORDINARY[WHOLE], rng, _box(rng)),
                "support": str(rng.choice(words, p=[self.supported, rest, rest])),
            }
            for key in properties
        }


def picture_key(image: bytes) -> str:
    """What `Pretender.truth` calls a picture."""
    return hash_bytes(image)


def _judgement(
    attribute: str, verdict: Verdict, asked: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Any]:
    box, form, cues = _box(rng), _ORDINARY[attribute], []
    if verdict is Verdict.UNSURE:
        form = _OPEN
    elif verdict is Verdict.PRESENT:
        form = _ODD
        if attribute != WHOLE:
            cue = str(rng.choice(ATTRIBUTES_BY_ID[attribute].cues))
            form = _FOUND.replace("{cue}", cue[0].upper() + cue[1:])
        if "cues" in asked:
            cues = [str(rng.choice(asked["cues"]["items"]["enum"]))]
    found: dict[str, Any] = {"rationale": f"{_worded(form, rng, box)}."}
    pointed = verdict is Verdict.PRESENT or rng.random() < 0.3
    found["box"] = {"x0": box.x0, "y0": box.y0, "x1": box.x1, "y1": box.y1} if pointed else None
    if "cues" in asked:
        found["cues"] = cues
    found["verdict"] = verdict.value
    found["confidence"] = round(float(rng.uniform(0.5, 1)), 2)
    return found


def _worded(form: str, rng: np.random.Generator, box: Region | None) -> str:
    one, other = (
        f"{kind} {thing}"
        for kind, thing in zip(
            rng.choice(_KINDS, 2).tolist(), rng.choice(_THINGS, 2, replace=False), strict=True
        )
    )
    where = "" if box is None else place(box).partition(" (")[0]
    return form.format(one=one, other=other, where=where, how=rng.choice(_MANNERS))


def _box(rng: np.random.Generator) -> Region:
    width, height = rng.uniform(0.1, 0.5, 2)
    x0, y0 = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    sides = (x0, y0, x0 + width, y0 + height)
    return Region(*(round(float(side), 3) for side in sides))


def _schema(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of a rating or a judging: as it is enforced, or as the instructions show it."""
    asked = (request.get("response_format") or {}).get("json_schema", {}).get("schema")
    if asked is None:
        shown = _SCHEMA.search(str(request["messages"][0]["content"]))
        asked = None if shown is None else json.loads(shown[1])
    return asked if isinstance(asked, dict) and "properties" in asked else None


def _pictures(request: Mapping[str, Any]) -> list[str]:
    found = []
    for message in request["messages"]:
        for part in message["content"] if isinstance(message["content"], list) else ():
            if part.get("type") == "image_url":
                data = part["image_url"]["url"].partition(",")[2]
                try:
                    found.append(hash_bytes(base64.b64decode(data)))
                except binascii.Error:
                    found.append(digest(data))
    return found


_ERRORS: tuple[Callable[[str], str], ...] = (
    lambda spelt: spelt[: len(spelt) // 2],
    lambda spelt: str(json.loads(spelt)),
    lambda spelt: spelt.replace('"present"', '"yes"').replace('"absent"', '"no"') + "!",
    lambda spelt: re.sub(r'"confidence": [0-9.]+', '"confidence": NaN', spelt) + ";",
    lambda spelt: json.dumps({"answer": json.loads(spelt)}),
    lambda spelt: f"__import__('os').system('true') or {spelt}"[: len(spelt)],
    lambda spelt: json.dumps(json.loads(spelt) | {"label": "fake"}),
    lambda spelt: "The picture looks fine to me.",
)
