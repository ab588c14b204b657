"""Tokenizers: a checkpoint's own, or a small one learnt from the texts of a training split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from detector.text.templates import AUTHENTIC, FORGED, NO, QUESTIONS, REASON, YES, conclusion
from schemas.errors import CounterfoilError

PAD, BEGIN, END, IMAGE, SEGMENTATION = "<pad>", "<s>", "</s>", "<image>", "[SEG]"
_IMAGE_TOKENS = ("<IMG_CONTEXT>", "<|image_pad|>", "<image>", "<image_soft_token>", "<unk>")
_PICTURE_FRAME = ("<img>", "</img>")
_ASKED = "\x00question\x00"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer and the tokens and framing that a dialogue needs of it.

    begin: ids before everything. before, after: texts around a question. picture: texts around the
    placeholders. added: ids that the model of a checkpoint has never seen.
    """

    tokenizer: Tokenizer
    begin: tuple[int, ...]
    end: int
    image: int
    segmentation: int
    before: str
    after: str
    picture: tuple[str, str]
    added: tuple[int, ...] = ()


def learnt(texts: Iterable[str], size: int = 1024) -> Vocabulary:
    """A byte-level BPE of `size` tokens, learnt from `texts` and from the words of the templates.

    The same texts give the same tokens. Ids 0, 1 and 2 are padding, beginning and end.
    """
    tokenizer = Tokenizer(models.BPE())
    # Digits one by one; a word takes the space before it along; punctuation never joins a word.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    said = sorted(texts)
    # As often as there are texts, so that the words of the verdicts are single tokens.
    often = max(16, len(said))
    words = [f"{word}, {rest}" for word in YES for rest in FORGED]
    words += [f"{word}, {rest}" for word in NO for rest in AUTHENTIC]
    words += [conclusion(False), conclusion(True), REASON, *QUESTIONS]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        show_progress=False,
        special_tokens=[_special(name) for name in (PAD, BEGIN, END, IMAGE, SEGMENTATION)],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator([*said, *words * often], trainer)
    begin, end, image, segmentation = (
        _id(tokenizer, name) for name in (BEGIN, END, IMAGE, SEGMENTATION)
    )
    return Vocabulary(tokenizer, (begin,), end, image, segmentation, "", "\n", ("", "\n"))


def of_checkpoint(checkpoint: str, revision: str | None = None) -> Vocabulary:
    """The tokenizer of a language model's checkpoint, by transformers' AutoTokenizer.

    The frame of a question comes from the checkpoint's chat template, else it is LLaVA's. Tokens
    that it lacks are added. Raises CounterfoilError where the tokenizer has no fast form, or no
    token that ends a text; OSError where it is not to be had.
    """
    from transformers import AutoTokenizer

    whole: Any = AutoTokenizer.from_pretrained(checkpoint, revision=revision)
    own = getattr(whole, "backend_tokenizer", None)
    if not isinstance(own, Tokenizer):
        raise CounterfoilError(
            f"the tokenizer of {checkpoint} has no fast form; convert it, or name another model"
        )
    if whole.eos_token_id is None:
        raise CounterfoilError(f"the tokenizer of {checkpoint} has no token that ends a text")
    tokenizer = Tokenizer.from_str(own.to_str())  # What is added here is not the caller's.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    known = tokenizer.get_vocab_size()
    there = [name for name in _IMAGE_TOKENS if tokenizer.token_to_id(name) is not None]
    image = there[0] if there else IMAGE
    tokenizer.add_special_tokens([_special(name) for name in (SEGMENTATION, image)])
    before, after = _frame(whole)
    begin = [] if before else [one for one in own.encode("").ids if one != whole.eos_token_id]
    framed = all(tokenizer.token_to_id(side) is not None for side in _PICTURE_FRAME)
    return Vocabulary(
        tokenizer,
        tuple(begin),
        int(whole.eos_token_id),
        _id(tokenizer, image),
        _id(tokenizer, SEGMENTATION),
        before or "USER: ",
        after or " ASSISTANT:",
        _PICTURE_FRAME if framed else ("", "\n"),
        tuple(range(known, tokenizer.get_vocab_size())),
    )


def _frame(tokenizer: Any) -> tuple[str, str]:
    """What a chat template puts before and after a question; empty texts where there is none."""
    if not getattr(tokenizer, "chat_template", None):
        return "", ""
    asked = [{"role": "user", "content": _ASKED}]
    text = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    before, found, after = str(text).partition(_ASKED)
    return (before, after) if found else ("", "")


def _id(tokenizer: Tokenizer, name: str) -> int:
    known = tokenizer.token_to_id(name)
    assert known is not None
    return known


def _special(name: str) -> AddedToken:
    return AddedToken(name, special=True, normalized=False)
