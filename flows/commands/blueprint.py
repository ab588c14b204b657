"""What a new generator is to be, checked before a file is written."""

from __future__ import annotations

import difflib
import keyword
import re
from dataclasses import dataclass
from importlib.util import find_spec

from generators.contract import Need
from generators.registry import names
from schemas.errors import GeneratorError
from schemas.vocabulary import Domain

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 30
_NEEDS = {
    "mask": Need.MASK,
    "second": Need.SECOND,
    "prompt": Need.PROMPT,
    "face": Need.FACE,
    "words": Need.WORDS,
}
_PLACES = frozenset({Need.MASK, Need.FACE, Need.WORDS})
_MARKED = {Need.FACE: Domain.DEEPFAKE, Need.WORDS: Domain.DOCUMENT}
_USUAL = {
    Domain.NATURAL: Need.MASK,
    Domain.DEEPFAKE: Need.FACE,
    Domain.DOCUMENT: Need.WORDS,
    Domain.AIGC: Need.PROMPT,
}


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A generator to be written: its name, its operation, its domain, what its jobs bring."""

    name: str
    operation: str
    domain: Domain
    needs: frozenset[Need]

    @property
    def class_name(self) -> str:
        """The name in capitals: `SpliceFog` for `splice_fog`."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def does(self) -> str:
        """What the code that is written for it does, in a clause."""
        if self.domain is Domain.AIGC:
            return "draws clouds in the colours of a prompt"
        places = {
            Need.MASK: "the requested region",
            Need.FACE: "a face",
            Need.WORDS: "a word",
        }
        place = next((told for need, told in places.items() if need in self.needs), "a region")
        if Need.SECOND in self.needs:
            tinted = "tinted content" if Need.PROMPT in self.needs else "content"
            return f"lays {tinted} of another picture over {place}"
        if Need.PROMPT in self.needs:
            return f"tints {place} by a prompt"
        return f"veils {place} as fog does"


def draw_blueprint(name: str, operation: str | None, domain: str, needs: str | None) -> Blueprint:
    """The blueprint, from what was typed. Raises `GeneratorError` saying what to type instead."""
    _check_name(name)
    _check_word("the operation", operation or name)
    try:
        kind = Domain(domain)
    except ValueError as error:
        known = ", ".join(kind.value for kind in Domain)
        raise GeneratorError(f"--domain is one of {known}, not {domain!r}") from error
    return Blueprint(name, operation or name, kind, _needs(needs, kind))


def check_module(name: str) -> None:
    """Raise `GeneratorError` where a package of this name would hide a module that there is."""
    found = find_spec(name)
    if found is not None and found.origin is not None:
        raise GeneratorError(
            f"there is a Python module named {name!r} already ({found.origin}), which the new one "
            "would hide; choose another name"
        )


def _check_word(what: str, word: str) -> None:
    if _SNAKE_CASE.fullmatch(word):
        return
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower())
    hint = plain.strip("_").lstrip("0123456789_")
    example = hint if _SNAKE_CASE.fullmatch(hint) else "splice_fog"
    raise GeneratorError(f"{what} {word!r} is not in snake_case; write it like {example!r}")


def _check_name(name: str) -> None:
    _check_word("the name", name)
    if len(name) > _LONGEST:
        raise GeneratorError(f"the name {name!r} is longer than {_LONGEST} characters; shorten it")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise GeneratorError(f"{name!r} is a word of Python's own; choose another name")
    if name in names():
        raise GeneratorError(
            f"a generator named {name!r} is installed already; choose another name, or uninstall "
            "its package first"
        )


def _needs(typed: str | None, domain: Domain) -> frozenset[Need]:
    wanted = {_USUAL[domain]} if typed is None else _parsed(typed)
    for need, home in _MARKED.items():
        if need in wanted and domain is not home:
            raise GeneratorError(
                f"--needs {need.value}: pictures of the domain {domain.value} have none marked; "
                f"use --domain {home.value}, or leave it out"
            )
    if domain is Domain.AIGC:
        if wanted - {Need.PROMPT}:
            raise GeneratorError(
                "--domain aigc makes whole pictures from a prompt, so --needs can only be prompt; "
                "to change a picture, use --domain natural"
            )
        return frozenset({Need.PROMPT})
    if len(wanted & _PLACES) > 1:
        raise GeneratorError(
            "--needs: name one of mask, face and words, which says where to forge; add the other "
            "to the spec by hand"
        )
    return frozenset({Need.SOURCE, *wanted})


def _parsed(typed: str) -> set[Need]:
    words = [word.strip() for word in typed.split(",") if word.strip()]
    for word in words:
        if word not in _NEEDS:
            near = difflib.get_close_matches(word, _NEEDS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise GeneratorError(
                f"--needs takes {', '.join(_NEEDS)}, separated by commas, not {word!r}{hint}"
            )
    return {_NEEDS[word] for word in words}
