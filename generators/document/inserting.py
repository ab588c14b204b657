"""Adds text at an empty place: after a line's end or below a word, in that word's lettering."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from generators.contract import CannotForge
from generators.document.choosing import editable_frame, first_success, ordered
from generators.document.edit import Edit, measured, put_back, whole_mask
from generators.document.geometry import frame_of, polygon_mask, straightened
from generators.document.inventing import addition, invented
from generators.document.likeness import Match, match_known, match_unknown
from generators.document.reading import Reading, read_word
from generators.document.removing import line_from
from generators.document.replacing import collides, described, set_ink
from generators.document.settings import DocumentOptions
from generators.document.typesetting import Lettering
from schemas.picture import Mask, Picture, Word

_TEXTS = 4
_LONGEST_LINE = 40


def insert_text(page: Picture, options: DocumentOptions, rng: np.random.Generator) -> Edit:
    """Text added beside or below one of the page's words."""
    words = ordered(page.source.words, options.prefer_fields, rng)
    return first_success(words, lambda word: _inserted(page, word, options, rng), options.max_tries)


def _inserted(
    page: Picture, word: Word, options: DocumentOptions, rng: np.random.Generator
) -> Edit:
    editable_frame(word, options.min_height)
    places = ("after", "below") if rng.random() < 0.65 else ("below", "after")
    refusal: CannotForge | None = None
    for place in places:
        anchor = word
        if place == "after":
            anchor = line_from(word, page.source.words, _LONGEST_LINE)[-1]
        try:
            return _inserted_at(page, anchor, place, options, rng)
        except CannotForge as reason:
            refusal = refusal or reason
    assert refusal is not None
    raise refusal


def _inserted_at(
    page: Picture, anchor: Word, place: str, options: DocumentOptions, rng: np.random.Generator
) -> Edit:
    frame = straightened(editable_frame(anchor, options.min_height))
    reach = 6.0 if place == "after" else 0.0
    beyond = frame.corners(right=reach * frame.height, bottom=1.5 * frame.height)
    reading = read_word(page.pixels, frame, beyond)
    if not _is_blank(reading, _nearest_room(reading, place)):
        raise CannotForge("no_room", "there is no empty place beside the words that were tried")
    if anchor.text is None:
        match, old = match_unknown(reading, invented(rng))
        choice = [text for text in invented(rng) if text != old and len(text) > 1]
        texts = [choice[int(index)] for index in rng.permutation(len(choice))[:_TEXTS]]
    else:
        match, old = match_known(reading, anchor.text, options.min_likeness), anchor.text
        texts = [addition(anchor.text, place == "below", rng) for _ in range(_TEXTS)]
    u, v = frame.coordinates(reading.window)
    for text in dict.fromkeys(texts):
        for how in _settings(match, old, text, place):
            depth = how.depth(text, u, v)
            area = _area(reading, how, text)
            if collides(reading, depth) or not _is_blank(reading, area):
                continue
            if _meets_words(area, reading, page.source.words, anchor):
                continue
            printed, touched = set_ink(reading, reading.pixels, depth)
            image, applied = put_back(page.pixels, reading.window, printed, touched)
            parameters = {
                "old_text": None,
                "new_text": text,
                "field": anchor.field,
                "place": place,
                "beside": anchor.text,
                **described(how, match),
                **measured(reading),
            }
            requested = whole_mask(image.shape, reading.window, area)
            return Edit(image, requested, applied, parameters)
    raise CannotForge("no_room", "there is no empty place beside the words that were tried")


def _settings(match: Match, old: str, new: str, place: str) -> Iterator[Lettering]:
    how = match.lettering
    if place == "after":
        for space in (0.42, 0.6):
            yield how.moved_to(how.left + how.width(old) + space * how.size)
        return
    for lead in (1.2, 1.45):
        lower = replace(how, baseline=how.baseline + lead * how.size)
        yield lower
        yield lower.moved_to(how.left + how.width(old) - how.width(new))


def _area(reading: Reading, how: Lettering, text: str) -> Mask:
    """The box of the text and a quarter of its height around, in the window."""
    above, below = how.extent(text)
    slack = 0.25 * reading.frame.height
    left, right = how.left - slack, how.left + how.width(text) + slack
    fall = how.tilt * (right - left)
    top, bottom = how.baseline - above - slack, how.baseline + below + slack
    box = [(left, top), (right, top + fall), (right, bottom + fall), (left, bottom)]
    return polygon_mask(reading.frame.page_points(box), reading.window)


def _nearest_room(reading: Reading, place: str) -> Mask:
    """Where even the shortest addition would stand: seen before the costly search for a face."""
    width, height = reading.frame.width, reading.frame.height
    if place == "after":
        left, right, top, bottom = width + 0.3 * height, width + 1.2 * height, 0.1, 0.9
    else:
        left, right, top, bottom = 0.3 * height, 0.9 * height, 1.3, 1.9
    top, bottom = top * height, bottom * height
    box = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return polygon_mask(reading.frame.page_points(box), reading.window)


def _is_blank(reading: Reading, area: Mask) -> bool:
    """Whether there is nothing but the word's own even paper in `area`."""
    if not area.any() or (area & reading.marks).any():
        return False
    shades = reading.paper[area]
    home = reading.paper[reading.own].mean(axis=0)
    rest = np.abs(reading.pixels - reading.paper)[area].mean(axis=1)
    return bool(
        np.ptp(shades, axis=0).max() < 26
        and np.abs(shades.mean(axis=0) - home).max() < 28
        and np.quantile(rest, 0.98) < 4.0 * reading.noise + 5.0
    )


def _meets_words(area: Mask, reading: Reading, words: tuple[Word, ...], anchor: Word) -> bool:
    """Whether another word's quad reaches into `area`: pale ink may have escaped the eye."""
    for word in words:
        if word is anchor:
            continue
        try:
            corners = frame_of(word).corners()
        except CannotForge:
            continue
        if (polygon_mask(corners, reading.window) & area).any():
            return True
    return False
