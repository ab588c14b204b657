"""One tokenizer's dialogue about a picture: the question, the taught answer, the written one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict
from tokenizers import Tokenizer

from detector.text.shortening import shortened
from detector.text.templates import (
    AUTHENTIC,
    CONCLUDE,
    FAKE_WORD,
    FORGED,
    NO,
    QUESTIONS,
    REAL_WORD,
    REASON,
    YES,
    Form,
    concluded,
    conclusion,
    with_conclusion,
)
from detector.text.verdict import VerdictTokens, of_conclusions, of_first_words
from detector.text.vocabulary import Vocabulary
from schemas.errors import StorageError

TOKENIZER = "tokenizer.json"
DIALOGUE = "dialogue.json"
IGNORED = -100
"""The label of a token that is not taught."""


class Terms(BaseModel):
    """What dialogue.json holds: all of a dialogue but its tokenizer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Form
    most: int
    begin: tuple[int, ...]
    end: int
    image: int
    segmentation: int | None
    before: str
    after: str
    picture: tuple[str, str]
    introduction: tuple[int, ...]
    real: tuple[int, ...]
    fake: tuple[int, ...]
    words: tuple[str, ...] = ()
    added: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Questions and answers as ids of one tokenizer; it can be pickled.

    `terms.most` is the length, in tokens, of a question, its picture and its answer together.
    Made by `new_dialogue`, kept beside a detector's weights by `save`.
    """

    tokenizer: Tokenizer
    terms: Terms

    @property
    def form(self) -> Form:
        """How it answers: "reasoning" or "verdict"."""
        return self.terms.form

    @property
    def verdict(self) -> VerdictTokens:
        """The ids by which a verdict is read."""
        return VerdictTokens(self.terms.introduction, self.terms.real, self.terms.fake)

    def question(self, visual: int, rng: np.random.Generator | None = None) -> list[int]:
        """Ids of the question, `visual` placeholders in it; they end where the answer begins.

        rng: draws one of the questions; None asks the first.
        """
        if self.form == "reasoning":
            return self._asked(REASON, visual)
        number = 0 if rng is None else int(rng.integers(len(QUESTIONS)))
        return self._asked(QUESTIONS[number], visual)

    def example(
        self, answer: str, visual: int, rng: np.random.Generator | None = None
    ) -> tuple[list[int], list[int]]:
        """Ids of a question with its answer, and labels: -100 where nothing is taught.

        An answer that is too long loses sentences of its reasoning, never its conclusion; see
        `answer_ids`. One that states a conclusion alone is taught to the question that asks so.
        """
        alone = self.form == "reasoning" and "<REASONING>" not in answer
        asked = self._asked(CONCLUDE, visual) if alone else self.question(visual, rng)
        taught = self.answer_ids(answer, self.terms.most - len(asked))
        return asked + taught, [IGNORED] * len(asked) + taught

    def answer_ids(self, answer: str, most: int) -> list[int]:
        """Ids of an answer and the token that ends it, `most` at most.

        Raises CounterfoilError where even without its reasoning it is longer.
        """
        return shortened(answer, lambda text: [*self._encode(text), self.terms.end], most)

    def answer_for(
        self, fake: bool, reasoning: str | None, mask: bool, rng: np.random.Generator
    ) -> str:
        """The text to teach about a picture.

        A chain of thought as it is, or its conclusion alone where there is none or it concludes
        otherwise; or one of the verdict's words, drawn by `rng`, and a short sentence. `mask`: the
        picture has a mask, which a segmentation token at the end asks for, where there is one.
        """
        asking = self._mask_word() if mask and self.terms.segmentation is not None else ""
        if self.form == "reasoning":
            if reasoning is not None and self.teaches(fake, reasoning):
                return with_conclusion(reasoning, fake) + asking
            return conclusion(fake) + asking
        words = [word for word in (YES if fake else NO) if word in self.terms.words]
        rests = FORGED if fake else AUTHENTIC
        word, rest = words[int(rng.integers(len(words)))], rests[int(rng.integers(len(rests)))]
        return f"{word}, {rest}{asking}"

    @staticmethod
    def teaches(fake: bool, reasoning: str | None) -> bool:
        """Whether a row's reasoning can be taught: it is there, and concludes as the label says."""
        return bool(reasoning) and concluded(reasoning or "") == (FAKE_WORD if fake else REAL_WORD)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of written ids up to the end of the answer, without special tokens."""
        kept = [int(one) for one in ids]
        if self.terms.end in kept:
            kept = kept[: kept.index(self.terms.end)]
        special = {self.terms.segmentation, self.terms.image}
        text: str = self.tokenizer.decode([one for one in kept if one not in special])
        return text.strip()

    def save(self, folder: str | Path) -> None:
        """Write tokenizer.json and dialogue.json into a folder that is there."""
        folder = Path(folder)
        self.tokenizer.save(str(folder / TOKENIZER))
        (folder / DIALOGUE).write_text(self.terms.model_dump_json(indent=1) + "\n")

    def _asked(self, question: str, visual: int) -> list[int]:
        terms = self.terms
        opening, closing = terms.picture
        return [
            *terms.begin,
            *self._encode(terms.before + opening),
            *[terms.image] * visual,
            *self._encode(closing + question + terms.after),
        ]

    def _mask_word(self) -> str:
        assert self.terms.segmentation is not None
        return str(self.tokenizer.id_to_token(self.terms.segmentation))

    def _encode(self, text: str) -> list[int]:
        return encode(self.tokenizer, text)


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """Ids of a text alone, without what a tokenizer would put before or behind it."""
    return list(tokenizer.encode(text, add_special_tokens=False).ids) if text else []


def new_dialogue(
    vocabulary: Vocabulary, form: Form, *, most: int = 2048, masks: bool = False
) -> Dialogue:
    """The dialogue in one form over a vocabulary; `masks`: pictures' masks are asked for.

    Raises CounterfoilError where the tokenizer cannot: verdicts are single tokens.
    """
    tokenizer = vocabulary.tokenizer
    words: tuple[str, ...] = ()
    if form == "reasoning":
        tokens = of_conclusions(
            lambda text: encode(tokenizer, text), lambda ids: str(tokenizer.decode(list(ids)))
        )
    else:
        tokens, words = of_first_words(lambda text: encode(tokenizer, text))
    return Dialogue(
        tokenizer,
        Terms(
            form=form,
            most=most,
            begin=vocabulary.begin,
            end=vocabulary.end,
            image=vocabulary.image,
            segmentation=vocabulary.segmentation if masks else None,
            before=vocabulary.before,
            after=vocabulary.after,
            picture=vocabulary.picture,
            introduction=tokens.introduction,
            real=tokens.real,
            fake=tokens.fake,
            words=words,
            added=vocabulary.added,
        ),
    )


def load_dialogue(folder: str | Path) -> Dialogue:
    """The dialogue that `save` wrote. Raises StorageError where there is none."""
    folder = Path(folder)
    for name in (TOKENIZER, DIALOGUE):
        if not (folder / name).is_file():
            raise StorageError(f"{folder} holds no {name}: its detector writes no text")
    terms = Terms.model_validate_json((folder / DIALOGUE).read_text())
    return Dialogue(Tokenizer.from_file(str(folder / TOKENIZER)), terms)
