"""Finds the tokens by which a verdict is read: what introduces it, and its own single tokens.

A tokenizer may join the bracket of a tag with what stands before it, so that the ids of "This image
is" after a tag are known only by trying.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from detector.text.templates import INTRODUCED, NO, YES, conclusion
from schemas.errors import CounterfoilError

Encode = Callable[[str], list[int]]
_LEADS = ("", "</REASONING>", "</REASONING> ", "</REASONING>\n", "word.", "word. ", "\n")


@dataclass(frozen=True, slots=True)
class VerdictTokens:
    """Ids that introduce the verdict (none where the answer begins with it), and its words'."""

    introduction: tuple[int, ...]
    real: tuple[int, ...]
    fake: tuple[int, ...]


def of_conclusions(encode: Encode, decode: Callable[[Sequence[int]], str]) -> VerdictTokens:
    """The tokens of a chain of thought's conclusion, whatever stands before it.

    Raises CounterfoilError where the tokenizer does not write the verdict as one token of its own.
    """
    found = [_conclusion(encode, lead) for lead in _LEADS]
    introduction = found[0].introduction
    for one in found[1:]:
        introduction = introduction[len(introduction) - _shared(introduction, one.introduction) :]
    said = "".join(decode(introduction).split())
    wanted = "".join(INTRODUCED.split())
    if len({(one.real, one.fake) for one in found}) > 1 or not wanted.endswith(said):
        raise _unfit("the words before the verdict differ with what leads them")
    if len(said) <= len("Thisimageis"):
        raise _unfit("the tag before the verdict is joined with what leads it")
    return VerdictTokens(introduction, found[0].real, found[0].fake)


def of_first_words(encode: Encode) -> tuple[VerdictTokens, tuple[str, ...]]:
    """The tokens of answers that begin with the verdict, and the words that are one token each.

    Words of several tokens are left out; CounterfoilError where a side is left without any, or
    where a word of one side is the token of another.
    """
    said = {word: encode(f"{word}, it") for word in (*NO, *YES)}
    # The words end in different letters: what all of them have in common is what follows.
    first, *others = said.values()
    rest = min(_shared(first, other) for other in others)
    single = {word: ids[0] for word, ids in said.items() if len(ids) == rest + 1}
    sides = [{word: single[word] for word in side if word in single} for side in (NO, YES)]
    real, fake = sides
    together = [*real.values(), *fake.values()]
    if not real or not fake or len(set(together)) < len(together):
        raise _unfit("the first words of the answers are no single tokens")
    tokens = VerdictTokens((), tuple(real.values()), tuple(fake.values()))
    return tokens, (*real, *fake)


def _conclusion(encode: Encode, lead: str) -> VerdictTokens:
    real, fake = (encode(lead + conclusion(answer)) for answer in (False, True))
    at = next((i for i, (a, b) in enumerate(zip(real, fake, strict=False)) if a != b), len(real))
    if at >= len(real) or real[at + 1 :] != fake[at + 1 :] or not at:
        raise _unfit(f"{conclusion(True)!r} differs from {conclusion(False)!r} in several tokens")
    return VerdictTokens(tuple(real[:at]), (real[at],), (fake[at],))


def _shared(first: Sequence[int], second: Sequence[int]) -> int:
    """How many ids two sequences have in common at their ends."""
    pairs = zip(reversed(first), reversed(second), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _unfit(why: str) -> CounterfoilError:
    return CounterfoilError(
        f"this tokenizer cannot say a verdict in one token: {why}. Name a language model with "
        "another tokenizer, or learn one by giving the model as a config"
    )
