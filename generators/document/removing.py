"""Erases words and gives their places the paper's shade and grain."""

from __future__ import annotations

import numpy as np

from generators.contract import CannotForge
from generators.document.choosing import editable_frame, first_success, ordered
from generators.document.edit import Edit, measured, put_back, whole_mask
from generators.document.geometry import frame_of, polygon_mask
from generators.document.paper import refill
from generators.document.reading import Reading, read_word
from generators.document.settings import DocumentOptions
from schemas.picture import Picture, Word


def remove_text(page: Picture, options: DocumentOptions, rng: np.random.Generator) -> Edit:
    """One word, or a few adjacent ones of a line, erased."""
    words = ordered(page.source.words, options.prefer_fields, rng)
    many = int(rng.integers(1, options.max_words + 1))
    return first_success(
        words, lambda word: _removed(page, word, many, options, rng), options.max_tries
    )


def line_from(word: Word, words: tuple[Word, ...], many: int) -> list[Word]:
    """`word` and up to `many` - 1 words that follow it on its line, each close to the last."""
    run = [word]
    while len(run) < many:
        frame = frame_of(run[-1])
        following: list[tuple[float, Word]] = []
        for other in words:
            if any(other is taken for taken in run):
                continue
            try:
                corners = frame.frame_points(frame_of(other).corners())
            except CannotForge:
                continue
            gap = float(corners[:, 0].min()) - frame.width
            middle = float(corners[:, 1].mean())
            beside = 0.15 * frame.height < middle < 0.85 * frame.height
            if beside and -0.2 * frame.height < gap < 0.9 * frame.height:
                following.append((gap, other))
        if not following:
            break
        run.append(min(following, key=lambda pair: pair[0])[1])
    return run


def _removed(
    page: Picture, word: Word, many: int, options: DocumentOptions, rng: np.random.Generator
) -> Edit:
    editable_frame(word, options.min_height)
    image = page.pixels
    applied = np.zeros(image.shape[:2], dtype=np.bool_)
    requested = applied.copy()
    erased: list[str | None] = []
    first: Reading | None = None
    for each in line_from(word, page.source.words, many):
        try:
            frame = editable_frame(each, options.min_height)
            reading = read_word(image, frame)
            bare = refill(reading, reading.support, rng, options.regrain)
            image, changed = put_back(image, reading.window, bare, reading.support)
        except CannotForge:
            # A run ends at the first word that cannot be erased; without any, there is no edit.
            if first is None:
                raise
            break
        first = first or reading
        applied |= changed
        grown = 0.12 * frame.height + 3
        asked = polygon_mask(frame.corners(grown, grown, grown, grown), reading.window)
        requested |= whole_mask(image.shape, reading.window, asked)
        erased.append(each.text)
    assert first is not None
    known = [text for text in erased if text is not None]
    parameters = {
        "old_text": " ".join(known) if known else None,
        "words": len(erased),
        "field": word.field,
        **measured(first),
    }
    return Edit(image, requested, applied, parameters)
