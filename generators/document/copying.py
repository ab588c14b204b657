"""Copies a field's strokes, grain and all, over another field of the same page."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from generators.contract import CannotForge
from generators.document.choosing import editable_frame, first_success, ordered
from generators.document.edit import Edit, measured, put_back, whole_mask
from generators.document.faces import draw_text
from generators.document.geometry import Array, Matrix, polygon_mask, straightened
from generators.document.inventing import is_amount, shape
from generators.document.paper import refill
from generators.document.reading import Reading, read_word
from generators.document.replacing import collides
from generators.document.settings import DocumentOptions
from schemas.picture import Mask, Picture, Word

_GIVERS = 4
"""How many fields are tried as the origin of a copy, for each that may be overwritten."""


def copy_field(page: Picture, options: DocumentOptions, rng: np.random.Generator) -> Edit:
    """One field of the page over another one of similar size."""
    words = ordered(page.source.words, options.prefer_fields, rng)
    if len(words) < 2:
        raise CannotForge("no_matching_field", "the page has only one word")
    pairs = _pairs(words, options.min_height)
    if not pairs:
        raise CannotForge("no_matching_field", "no two fields of the page are of similar size")
    return first_success(
        pairs, lambda pair: _copied(page, *pair, options, rng), 2 * options.max_tries
    )


def _pairs(words: Sequence[Word], min_height: float) -> list[tuple[Word, Word]]:
    """(taker, giver) of like size but other content; those of one make (two dates) come first."""
    alike: list[tuple[Word, Word]] = []
    unlike: list[tuple[Word, Word]] = []
    sizes = [_size(word, min_height) for word in words]
    for index, taker in enumerate(words):
        size = sizes[index]
        if size is None:
            continue
        givers = []
        for other, giver in enumerate(words):
            its = sizes[other]
            if its is None or other == index or _same_text(taker, giver):
                continue
            wide, tall = its[0] / size[0], its[1] / size[1]
            if 0.5 < wide < 1.6 and 0.72 < tall < 1.4:
                givers.append((abs(np.log(wide)) + abs(np.log(tall)), other))
        for same, pairs in ((True, alike), (False, unlike)):
            fitting = [words[other] for _, other in sorted(givers)]
            fitting = [one for one in fitting if (shape(one.text) == shape(taker.text)) == same]
            pairs += [(taker, giver) for giver in fitting[:_GIVERS]]
    return alike + unlike


def _size(word: Word, min_height: float) -> tuple[float, float] | None:
    try:
        frame = editable_frame(word, min_height)
    except CannotForge:
        return None
    return frame.width, frame.height


def _same_text(one: Word, other: Word) -> bool:
    return one.text is not None and one.text == other.text


def _copied(
    page: Picture,
    taker: Word,
    giver: Word,
    options: DocumentOptions,
    rng: np.random.Generator,
) -> Edit:
    there = straightened(editable_frame(taker, options.min_height))
    here = straightened(editable_frame(giver, options.min_height))
    target = read_word(page.pixels, there, there.corners(right=0.6 * there.width))
    origin = read_word(page.pixels, here)
    if not 0.72 < target.contrast / origin.contrast < 1.4 or (
        np.abs(target.ink - origin.ink).max() > 50
    ):
        raise CannotForge("no_matching_field", "two fields are printed in different inks")
    across = _path(target, origin, taker.text, giver.text)
    # A light like that on the taker's paper.
    light = target.paper[target.own].mean(axis=0) / origin.paper[origin.own].mean(axis=0).clip(1)
    strokes = _carried((origin.pixels - origin.paper) * light, across, target)
    depth = _carried(np.where(origin.own, origin.depth, np.float32(0)), across, target)
    share = np.asarray(
        cv2.GaussianBlur(origin.support.astype(np.float32), (0, 0), 0.6), dtype=np.float32
    )
    share[~origin.support & origin.marks] = 0
    alpha = _carried(share, across, target).clip(0, 1)
    alpha[alpha < 0.05] = 0
    if collides(target, depth):
        raise CannotForge("no_room", "a copied field would touch what stands beside it")
    bare = refill(target, target.support, rng, options.regrain)
    weight = alpha[..., None]
    mixed = target.paper + (1 - weight) * (bare - target.paper) + weight * strokes
    image, applied = put_back(page.pixels, target.window, mixed, target.support | (alpha > 0))
    requested = _requested(target, alpha > 0)
    parameters = {
        "old_text": taker.text,
        "new_text": giver.text,
        "field": taker.field,
        "from_field": giver.field,
        "from_quad": [[round(float(x), 2), round(float(y), 2)] for x, y in here.corners()],
        "resampled": not _is_shift(across),
        **measured(target),
    }
    return Edit(image, whole_mask(image.shape, target.window, requested), applied, parameters)


def _path(target: Reading, origin: Reading, taker: str | None, giver: str | None) -> Matrix:
    """The affine map (2 by 3) from pixels of the target's window to those of the origin's.

    Amounts are set flush right, all else flush left, both on the target's baseline. Where the
    map turns the strokes by less than a third of a pixel, it is a shift by whole pixels, as by an
    editor's clone tool, which keeps the grain as it was.
    """
    box, its = _ink_box(target), _ink_box(origin)
    side = 1 if is_amount(taker) else 0
    shift = np.eye(3)
    shift[0, 2] = its[side] - box[side]
    shift[1, 2] = _baseline(its, giver) - _baseline(box, taker)
    into, out_of = np.eye(3), np.eye(3)
    into[:2, 2] = target.window.left, target.window.top
    out_of[:2, 2] = -origin.window.left, -origin.window.top
    path = out_of @ origin.frame.to_page @ shift @ target.frame.to_frame @ into
    middle = target.frame.page_points([((box[0] + box[1]) / 2, (box[2] + box[3]) / 2)])[0]
    at = np.array([middle[0] - target.window.left, middle[1] - target.window.top, 1.0])
    size = max(target.frame.width, origin.frame.width) / 2
    if np.abs(path[:2, :2] - np.eye(2)).max() * size < 0.34:
        whole = np.round(path @ at - at)
        path = np.eye(3)
        path[:2, 2] = whole[:2]
    return np.asarray(path[:2])


def _is_shift(path: Matrix) -> bool:
    return bool((path[:, :2] == np.eye(2)).all())


def _carried(plane: Array, path: Matrix, target: Reading) -> Array:
    """The origin's `plane` as it falls on the target's window, 0 where it does not reach."""
    flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_NEAREST if _is_shift(path) else cv2.INTER_CUBIC)
    size = (target.window.width, target.window.height)
    return np.asarray(cv2.warpAffine(plane.astype(np.float32), path, size, flags=flags))


def _ink_box(reading: Reading) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of the word's ink in its frame."""
    u, v = reading.frame.coordinates(reading.window)
    ink = reading.own & (reading.depth > 0.4)
    if not ink.any():
        ink = reading.own
    return (
        float(u[ink].min()) - 0.5,
        float(u[ink].max()) + 0.5,
        float(v[ink].min()) - 0.5,
        float(v[ink].max()) + 0.5,
    )


def _baseline(box: tuple[float, float, float, float], text: str | None) -> float:
    """Where the letters of `text` stand, by the share of their height below the line in print."""
    bitmap = None if text is None else draw_text("DejaVuSans", text)
    if bitmap is None:
        return box[3]
    hanging = (bitmap.box[3] - bitmap.baseline) / (bitmap.box[3] - bitmap.box[1])
    # Round letters dip below the line by less than can be told apart here.
    return box[3] - (box[3] - box[2]) * (hanging if hanging > 0.08 or hanging < 0 else 0.0)


def _requested(target: Reading, copied: Mask) -> Mask:
    """The quad, and as far beyond as the copy reaches."""
    u, _ = target.frame.coordinates(target.window)
    grown = 0.15 * target.frame.height + 3
    right = max(0.0, float(u[copied].max(initial=0.0)) - target.frame.width)
    left = max(0.0, -float(u[copied].min(initial=0.0)))
    corners = target.frame.corners(grown + left, grown, grown + right, grown)
    return polygon_mask(corners, target.window)
