"""A byte-level CLIP tokenizer to which every word of the phrases is one token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from training.pocket.libraries import Model, transformers

_END_OF_WORD = "</w>"
START, END = "<|startoftext|>", "<|endoftext|>"


def build_tokenizer(words: Iterable[str]) -> Model:
    """A tokenizer that knows all bytes, and `words` as a token each."""
    merges = learn_merges(words)
    # Every byte must be a token, or unknown words could not be spelt. They get the printable
    # stand-ins of GPT-2's byte-level coding: 0 to 255, those without a glyph moved beyond 255.
    glyphs = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(code) for code in glyphs + [256 + i for i in range(256 - len(glyphs))]]
    tokens = [
        *letters,
        *(letter + _END_OF_WORD for letter in letters),
        *(first + second for first, second in merges),
        START,
        END,
    ]
    return transformers.CLIPTokenizer(
        vocab={token: number for number, token in enumerate(dict.fromkeys(tokens))},
        merges=merges,
        # Phrases are short; all tokens beyond them are padding that attention must pass by.
        model_max_length=24,
    )


def learn_merges(words: Iterable[str]) -> list[tuple[str, str]]:
    """Byte-pair merges, most frequent first, until every word is one token (Sennrich et al., 2016).

    Ties go to the pair that comes first in the alphabet.
    """
    pieces = [[*word[:-1], word[-1] + _END_OF_WORD] for word in sorted(set(words))]
    merges: list[tuple[str, str]] = []
    while any(len(parts) > 1 for parts in pieces):
        pairs = Counter(pair for parts in pieces for pair in pairwise(parts))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        pieces = [_merged(parts, best) for parts in pieces]
    return merges


def _merged(parts: list[str], pair: tuple[str, str]) -> list[str]:
    result: list[str] = []
    for part in parts:
        if result and (result[-1], part) == pair:
            result[-1] += part
        else:
            result.append(part)
    return result
