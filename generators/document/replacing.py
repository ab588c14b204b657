"""Replaces a word: erases its ink and sets another text in its typeface, ink and softness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from generators.contract import CannotForge
from generators.document.choosing import editable_frame, first_success, ordered
from generators.document.edit import Edit, measured, put_back, whole_mask
from generators.document.geometry import Array, polygon_mask
from generators.document.inventing import invented, is_amount, replacement
from generators.document.likeness import Match, match_known, match_unknown
from generators.document.paper import refill
from generators.document.reading import Reading, read_word
from generators.document.settings import DocumentOptions
from generators.document.typesetting import Lettering
from schemas.picture import Mask, Picture, Word

FAINTEST = 0.02
"""Ink depth below which a drawn letter leaves a pixel alone."""
_TEXTS = 5


def replace_text(page: Picture, options: DocumentOptions, rng: np.random.Generator) -> Edit:
    """Another text in place of one of the page's words."""
    words = ordered(page.source.words, options.prefer_fields, rng)
    return first_success(words, lambda word: _replaced(page, word, options, rng), options.max_tries)


def set_ink(reading: Reading, bare: Array, depth: Array) -> tuple[Array, Mask]:
    """`bare` pixels printed with `depth` of the reading's ink, and where that changes them."""
    touched = depth > FAINTEST
    towards = reading.paper - reading.ink
    printed = bare.copy()
    printed[touched] -= depth[touched][:, None] * towards[touched]
    return printed, touched


def _replaced(
    page: Picture, word: Word, options: DocumentOptions, rng: np.random.Generator
) -> Edit:
    frame = editable_frame(word, options.min_height)
    texts = [] if word.text is None else _others(word.text, word.field, rng)
    if word.text is not None and not texts:
        raise CannotForge("no_other_text", "no rule knows another text for a word")
    reading = read_word(page.pixels, frame)
    if word.text is None:
        match, text = match_unknown(reading, invented(rng))
        texts = [text]
    else:
        match = match_known(reading, word.text, options.min_likeness)
    text, how, depth = _fitting(reading, word, texts, match)
    bare = refill(reading, reading.support, rng, options.regrain)
    printed, touched = set_ink(reading, bare, depth)
    image, applied = put_back(page.pixels, reading.window, printed, reading.support | touched)
    # Halos of the old ink reach as far as the reading looks for them.
    grown = 0.12 * frame.height + 3
    over = max(0.0, how.left + how.width(text) - frame.width)
    under = max(0.0, -how.left)
    asked = polygon_mask(frame.corners(grown + under, grown, grown + over, grown), reading.window)
    return Edit(
        image,
        whole_mask(image.shape, reading.window, asked),
        applied,
        {
            "old_text": word.text,
            "new_text": text,
            "field": word.field,
            **described(how, match),
            **measured(reading),
        },
    )


def described(how: Lettering, match: Match) -> dict[str, object]:
    """A lettering, for the record."""
    return {
        "font": how.face,
        "font_size": round(how.size, 2),
        "condensed": round(how.across / how.down, 3),
        "blur_sigma": round(how.blur, 3),
        "likeness": None if match.likeness is None else round(match.likeness, 4),
    }


def _others(text: str, field: str | None, rng: np.random.Generator) -> list[str]:
    found = [replacement(text, field, rng) for _ in range(_TEXTS)]
    return list(dict.fromkeys(new for new in found if new is not None and new != text))


def _fitting(
    reading: Reading, word: Word, texts: list[str], match: Match
) -> tuple[str, Lettering, Array]:
    """The first of `texts` that finds room between the word's neighbours."""
    old = word.text if word.text is not None else texts[0]
    u, v = reading.frame.coordinates(reading.window)
    for text in texts:
        for how in _settings(match.lettering, old, text):
            depth = how.depth(text, u, v)
            if not (depth > FAINTEST).any() or collides(reading, depth):
                continue
            return text, how, depth
    raise CannotForge("no_room", "no other text fits between a word's neighbours")


def collides(reading: Reading, depth: Array) -> bool:
    """Whether drawn ink would come within a pixel of other marks or leave the window."""
    ink = depth > 0.1
    border = np.ones_like(ink)
    border[2:-2, 2:-2] = False
    near = ink.copy()
    near[1:] |= ink[:-1]
    near[:-1] |= ink[1:]
    near[:, 1:] |= ink[:, :-1]
    near[:, :-1] |= ink[:, 1:]
    alien = reading.marks & ~reading.own
    return bool((near & (alien | border)).any())


def _settings(how: Lettering, old: str, new: str) -> Iterator[Lettering]:
    """Flush right for amounts, else flush left; then drawn a little narrower."""
    slack = how.width(old) - how.width(new)
    right = how.moved_to(how.left + slack)
    yield from (right, how) if is_amount(old) else (how, right)
    if slack < 0:
        narrower = replace(how, across=how.across * max(0.9, how.width(old) / how.width(new)))
        yield narrower
