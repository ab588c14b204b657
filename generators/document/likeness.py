"""Finds the typeface and setting that a captured word was printed in, by drawing it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from generators.contract import CannotForge
from generators.document.faces import FACES, Bitmap, can_draw, draw_text
from generators.document.geometry import Array, polygon_mask
from generators.document.reading import Reading
from generators.document.typesetting import Lettering, sample

_REFINED = 4
_SURE = 0.95
# What the fit's parameters are counted in: frame units, slope of the tilt, blur.
_UNITS = np.array([1.0, 1.0, 1.0, 1.0, 0.02, 0.3])
_BLURS = (0.3, 0.45, 0.7, 1.0, 1.4, 2.0)


@dataclass(frozen=True, slots=True)
class Match:
    """A word's lettering and `likeness`, the correlation of the drawn with the captured word.

    `likeness` is None where the word is not known, so that it was matched by its strokes alone.
    """

    lettering: Lettering
    likeness: float | None


@dataclass(frozen=True, slots=True)
class _Ink:
    """The pixels of a word that take part: frame coordinates `u`, `v` (rows, columns), `depth`.

    `counts` tells which of them hold paper or the word's own ink; `box` is the ink's extent in
    the frame.
    """

    u: Array
    v: Array
    depth: Array
    counts: npt.NDArray[np.bool_]
    box: tuple[float, float, float, float]


def match_known(reading: Reading, text: str, least: float) -> Match:
    """The face and setting in which `text` looks most like the captured word.

    Every face is laid over the word's ink and compared by normalised correlation; the best few
    are fitted by least squares. Raises `CannotForge` where the likeness stays below `least`.
    """
    ink = _ink(reading)
    first: list[tuple[float, Lettering]] = []
    for face in FACES:
        bitmap = draw_text(face, text) if can_draw(face, text) else None
        if bitmap is None:
            continue
        trials = [_laid_over(face, bitmap, ink, blur) for blur in (0.5, 1.0)]
        scores = [_likeness(bitmap, how, ink) for how in trials]
        first.append(max(zip(scores, trials, strict=True), key=lambda pair: pair[0]))
    if not first:
        raise CannotForge("no_matching_font", "no typeface has the letters of a word")
    first.sort(key=lambda pair: -pair[0])
    refined = [_refined(text, how, ink) for _, how in first[:_REFINED]]
    likeness, best = max(refined, key=lambda pair: pair[0])
    if likeness < least:
        raise CannotForge("no_matching_font", "no typeface resembles a word")
    if likeness < _SURE:
        # Letters of another cut are fitted best when blurred: the word's own edges tell better.
        bitmap = draw_text(best.face, text)
        assert bitmap is not None
        drawn, fitted = bitmap, best
        soft = min(_BLURS, key=lambda blur: _off_sharpness(drawn, fitted, ink, blur))
        best = replace(best, blur=min(best.blur, soft))
    return Match(best, likeness)


def match_unknown(reading: Reading, texts: Sequence[str]) -> tuple[Match, str]:
    """A setting for a word that nobody read, and the one of `texts` that suits it best.

    The text shall fill the word's box, and in its face have the share of ink and the softness of
    the captured word.
    """
    ink = _ink(reading)
    share = float(ink.depth[ink.counts].clip(0).mean())
    tried: list[tuple[float, Lettering, str]] = []
    for face in ("DejaVuSans", "DejaVuSerif", "STIXGeneral", "DejaVuSans-Bold", "DejaVuSansMono"):
        for text in texts:
            bitmap = draw_text(face, text) if can_draw(face, text) else None
            if bitmap is None:
                continue
            how = _laid_over(face, bitmap, ink, 0.7)
            aspect = abs(np.log(how.across / how.down))
            if aspect > 0.3:
                continue
            soft = min(_BLURS, key=lambda blur: _off_sharpness(bitmap, how, ink, blur))
            how = replace(how, blur=soft)
            shown = sample(bitmap, how, ink.u, ink.v)
            drawn = shown[ink.counts].mean()
            # A gain near the usual one means strokes about as heavy as those captured.
            gain = share / max(float(drawn), 1e-3)
            # Softness leaves thin strokes paler than their ink, which the gain makes up for.
            usual = 1.05 if "Bold" in face else 1.3
            how = replace(how, gain=float(np.clip(gain, 0.88 * usual, 1.12 * usual)))
            cost = 3 * aspect + abs(float(np.log(max(gain, 1e-3) / usual)))
            cost += 4 * (1 - _profile_likeness(shown, ink))
            tried.append((cost, how, text))
    if not tried:
        raise CannotForge("no_matching_font", "no invented text suits a word's box")
    _, best, text = min(tried, key=lambda entry: entry[0])
    return Match(best, None), text


def _ink(reading: Reading) -> _Ink:
    frame, window = reading.frame, reading.window
    reach = 0.2 * frame.height + 1
    near = polygon_mask(frame.corners(reach, reach, reach, reach), window)
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    cut = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    u, v = (plane[cut] for plane in frame.coordinates(window))
    counts = near[cut] & (~reading.marks | reading.own)[cut]
    own = reading.own[cut] & (reading.depth[cut] > 0.45)
    if own.sum() < 4:
        own = reading.own[cut]
    # Half a pixel: ink covers its pixels' areas, coordinates name their centres.
    box = (
        float(u[own].min()) - 0.5,
        float(v[own].min()) - 0.5,
        float(u[own].max()) + 0.5,
        float(v[own].max()) + 0.5,
    )
    return _Ink(u, v, reading.depth[cut], counts, box)


def _laid_over(face: str, bitmap: Bitmap, ink: _Ink, blur: float) -> Lettering:
    """The bitmap's ink box on the captured one."""
    left, top, right, bottom = bitmap.box
    across = (ink.box[2] - ink.box[0]) / (right - left)
    down = (ink.box[3] - ink.box[1]) / (bottom - top)
    baseline = ink.box[3] - (bottom - bitmap.baseline) * down
    return Lettering(face, ink.box[0], baseline, across, down, blur=blur)


def _likeness(bitmap: Bitmap, how: Lettering, ink: _Ink) -> float:
    drawn = sample(bitmap, how, ink.u, ink.v)[ink.counts]
    captured = ink.depth[ink.counts]
    drawn, captured = drawn - drawn.mean(), captured - captured.mean()
    norm = float(np.linalg.norm(drawn) * np.linalg.norm(captured))
    # A face that must be squeezed a lot is an unlikely one.
    squeezed = abs(np.log(how.across / how.down))
    return float(float(drawn @ captured) / max(norm, 1e-6) - 0.08 * max(0.0, squeezed - 0.12))


def _refined(text: str, how: Lettering, ink: _Ink) -> tuple[float, Lettering]:
    bitmap = draw_text(how.face, text)
    assert bitmap is not None
    width, height = bitmap.box[2] - bitmap.box[0], bitmap.box[3] - bitmap.box[1]
    start = np.array(
        [how.left, how.left + how.across * width, how.baseline, how.down * height, 0.0, how.blur]
    )
    span = max(2.0, 0.25 * how.down * height)
    low = np.array([-span, -span, -span, -0.3 * start[3], -3.0, (0.3 - how.blur) / 0.3])
    high = np.array([span, span, span, 0.3 * start[3], 3.0, (2.6 - how.blur) / 0.3])
    captured = ink.depth[ink.counts]

    def setting(shift: npt.NDArray[np.float64]) -> Lettering:
        p = start + (shift - 1.0) * _UNITS
        across = max(float(p[1] - p[0]), 1.0) / width
        return replace(
            how, left=float(p[0]), baseline=float(p[2]), across=across,
            down=float(p[3]) / height, tilt=float(p[4]), blur=float(p[5]),
        )  # fmt: skip

    def gain_of(drawn: Array) -> float:
        return float(np.clip(drawn @ captured / max(float(drawn @ drawn), 1e-6), 0.5, 1.8))

    def misfit(shift: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        drawn = sample(bitmap, setting(shift), ink.u, ink.v)[ink.counts]
        return np.asarray(gain_of(drawn) * drawn - captured, dtype=np.float64)

    # Shifts are counted from 1 because the solver's difference steps are relative ones.
    found = least_squares(
        misfit, np.ones(6), bounds=(low + 1.0, high + 1.0), diff_step=0.04, max_nfev=7
    )
    best = setting(found.x)
    drawn = sample(bitmap, best, ink.u, ink.v)[ink.counts]
    best = replace(best, gain=gain_of(drawn))
    return _likeness(bitmap, best, ink), best


def _profile_likeness(drawn: Array, ink: _Ink) -> float:
    """Correlation of the ink's share in slices along the line, from top to bottom.

    It is low where one of the two words has ascenders or descenders and the other has none, so
    that one box means two sizes of type.
    """
    levels = 12
    slices = (ink.v - ink.box[1]) / max(ink.box[3] - ink.box[1], 1e-3) * levels
    inside = ink.counts & (slices >= 0) & (slices < levels)
    index = slices[inside].astype(np.intp)
    profiles = [
        np.bincount(index, plane[inside].clip(0), minlength=levels) for plane in (drawn, ink.depth)
    ]
    if min(float(profile.std()) for profile in profiles) < 1e-6:
        return 0.0
    return float(np.corrcoef(profiles[0], profiles[1])[0, 1])


def _off_sharpness(bitmap: Bitmap, how: Lettering, ink: _Ink, blur: float) -> float:
    drawn = sample(bitmap, replace(how, blur=blur), ink.u, ink.v)
    return abs(_sharpness(drawn) - _sharpness(np.where(ink.counts, ink.depth, 0)))


def _sharpness(depth: Array) -> float:
    """Energy of the differences of neighbours over that of the ink: falls with blur alone."""
    energy = float((depth**2).sum())
    across, down = np.diff(depth, axis=1), np.diff(depth, axis=0)
    return float((across**2).sum() + (down**2).sum()) / max(energy, 1e-6)
