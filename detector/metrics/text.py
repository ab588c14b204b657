"""How alike two texts are by their words: BLEU-1 and ROUGE-L as MMFR's published code has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from schemas.errors import MissingExtraError

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def bleu_1(text: str, reference: str) -> float:
    """BLEU with unigrams alone, 0..1: clipped precision times the brevity penalty, unsmoothed.

    Words are what white space separates, punctuation and case included. Papineni et al., "BLEU: a
    Method for Automatic Evaluation of Machine Translation", 2002; NLTK's `sentence_bleu` with one
    reference. Raises `MissingExtraError` without NLTK.
    """
    try:
        from nltk.translate.bleu_score import sentence_bleu
    except ImportError as error:
        raise _missing() from error
    return float(sentence_bleu([reference.split()], text.split(), weights=(1.0,)))


def rouge_l(text: str, reference: str) -> float:
    """ROUGE-L, 0..1: the F1 of the longest common subsequence over both lengths, words stemmed.

    Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004. Words are runs of letters
    and digits in lower case; those of more than three letters are stemmed by NLTK's Porter, all as
    the package `rouge_score` does, whose table of subsequences takes fifty times as long. Raises
    `MissingExtraError` without NLTK.
    """
    words, wanted = _words(text), _words(reference)
    common = longest_common_subsequence(words, wanted)
    return 2 * common / (len(words) + len(wanted)) if common else 0.0


def longest_common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """Its length, by the bit-parallel algorithm of Hyyrö, "Bit-Parallel LCS-length", 2004."""
    places: dict[str, int] = {}
    for number, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << number
    every = (1 << len(one)) - 1
    unmatched = every
    for word in other:
        hit = unmatched & places.get(word, 0)
        unmatched = ((unmatched + hit) | (unmatched - hit)) & every
    return len(one) - unmatched.bit_count()


def _words(text: str) -> list[str]:
    stem = _stem()
    words = _SEPARATORS.sub(" ", text.lower()).split()
    return [stem(word) if len(word) > 3 else word for word in words]


@cache
def _stem() -> Callable[[str], str]:
    """NLTK's Porter stemmer, which remembers the words that it has seen."""
    try:
        from nltk.stem.porter import PorterStemmer
    except ImportError as error:
        raise _missing() from error
    stem: Callable[[str], str] = PorterStemmer().stem
    return lru_cache(maxsize=65536)(stem)


def _missing() -> MissingExtraError:
    return MissingExtraError("detector", "nltk", "Comparing texts by their words")
