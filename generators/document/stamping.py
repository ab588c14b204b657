"""Puts a rubber stamp on a page, its ink mixed with what was captured there."""

from __future__ import annotations

from dataclasses import asdict

import cv2
import numpy as np

from generators.contract import CannotForge
from generators.document.edit import Edit, put_back, whole_mask
from generators.document.geometry import Array, Window, frame_of, polygon_mask, window_around
from generators.document.settings import DocumentOptions
from generators.document.stamp_drawing import draw_stamp, invent_stamp, wear
from schemas.picture import Picture, Pixels, Word

_LEAST_WIDTH = 36
_PLACES = 60
_FAINTEST = 0.02


def stamp_page(page: Picture, options: DocumentOptions, rng: np.random.Generator) -> Edit:
    """A worn rubber stamp, turned a little, over an emptier place among the page's words.

    The ink takes light away as a filter does (multiply blending), so that print and paper's grain
    show through.
    """
    quads = _sound_quads(page.source.words)
    stamp = invent_stamp(rng)
    short = min(page.pixels.shape[:2])
    share = rng.uniform(0.19, 0.28) if stamp.round else rng.uniform(0.24, 0.36)
    width = round(short * float(share))
    if width < _LEAST_WIDTH:
        raise CannotForge("no_room", "the picture is too small for a legible stamp")
    tilt = float(rng.uniform(-0.32, 0.32)) + _page_angle(page.source.words)
    clean = draw_stamp(stamp, width)
    tall = width * clean.shape[0] / clean.shape[1]
    centre, covered = _place(page.pixels, quads, width, tall, tilt, rng)
    outline = _outline(centre, width, tall, tilt)
    window = window_around(outline, 3, page.pixels.shape)
    blur = _softness(page.pixels, window)
    coverage = _printed(clean, outline, window, blur)
    coverage *= wear((window.height, window.width), rng)
    ink_name = options.inks[int(rng.integers(len(options.inks)))]
    ink = np.array([int(ink_name[at : at + 2], 16) for at in (1, 3, 5)], dtype=np.float32)
    if not np.ptp(page.pixels, axis=2).any():
        # A grey scan shows the lightness of an ink alone.
        ink[:] = round(float(ink @ np.array([0.299, 0.587, 0.114])))
    strength = float(rng.uniform(0.72, 0.92))
    alpha = coverage * np.float32(strength)
    applied_part = alpha > _FAINTEST
    captured = page.pixels[window.slices].astype(np.float32)
    # The paper's white stands for the light that falls on the page.
    white = np.quantile(captured.reshape(-1, 3), 0.9, axis=0)
    black = float(np.quantile(captured.mean(axis=2), 0.005))
    # A camera that lifts black lifts dark inks as well.
    seen = np.maximum(ink / 255, min(black, 60.0) / np.maximum(white, 1.0))
    filtered = captured * (1 - alpha[..., None] * (1 - seen))
    image, applied = put_back(page.pixels, window, filtered, applied_part)
    requested = whole_mask(image.shape, window, polygon_mask(outline, window) | applied_part)
    parameters = {
        "stamp": asdict(stamp),
        "stamp_text": stamp.centre,
        "old_text": None,
        "new_text": " ".join(filter(None, (stamp.centre, stamp.date))),
        "font": stamp.face,
        "ink_rgb": [int(value) for value in ink],
        "strength": round(strength, 3),
        "quad": [[round(float(x), 2), round(float(y), 2)] for x, y in outline],
        "angle_degrees": round(float(np.rad2deg(tilt)), 2),
        "blur_sigma": round(blur, 3),
        "covered_text": round(covered, 3),
    }
    return Edit(image, requested, applied, parameters)


def _sound_quads(words: tuple[Word, ...]) -> list[Array]:
    quads = []
    for word in words:
        try:
            quads.append(frame_of(word).corners())
        except CannotForge:
            continue
    if not quads:
        raise CannotForge("no_words", "no word says where on the picture the page lies")
    return quads


def _page_angle(words: tuple[Word, ...]) -> float:
    """The median angle of the page's words, in radians."""
    angles = []
    for word in words:
        try:
            frame = frame_of(word)
        except CannotForge:
            continue
        if frame.width > 1.5 * frame.height:
            angles.append(frame.angle)
    return float(np.median(angles)) if angles else 0.0


def _place(
    pixels: Pixels,
    quads: list[Array],
    width: float,
    tall: float,
    tilt: float,
    rng: np.random.Generator,
) -> tuple[tuple[float, float], float]:
    """The best of random places on the page: over little text, with paper below, rather low."""
    height, breadth = pixels.shape[:2]
    points = np.concatenate(quads)
    hull = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2)
    middle = np.zeros((height, breadth), dtype=np.uint8)
    cv2.fillConvexPoly(middle, np.round(hull).astype(np.int32), 1)
    # Papers have margins: words do not reach the edge.
    page = np.asarray(cv2.dilate(middle, np.ones((9, 9), dtype=np.uint8)), dtype=np.uint8)
    texts = np.zeros((height, breadth), dtype=np.uint8)
    for quad in quads:
        cv2.fillConvexPoly(texts, np.round(quad).astype(np.int32), 1)
    low, high = hull.min(axis=0), hull.max(axis=0)
    luma = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    paper = float(np.median(luma[page > 0]))
    bright = luma > 0.72 * paper
    best: tuple[float, tuple[float, float], float] | None = None
    for _ in range(_PLACES):
        centre = (float(rng.uniform(low[0], high[0])), float(rng.uniform(low[1], high[1])))
        liking = float(rng.random())
        outline = _outline(centre, width, tall, tilt)
        if (
            (outline < 2).any()
            or (outline[:, 0] > breadth - 3).any()
            or (outline[:, 1] > height - 3).any()
        ):
            continue
        window = window_around(outline, 1, pixels.shape)
        area = polygon_mask(outline, window)
        on_page = float(page[window.slices][area].mean())
        covered = float(texts[window.slices][area].mean())
        clear = float(bright[window.slices][area].mean())
        if on_page < 0.75 or clear < 0.62 or paper < 70:
            continue
        lowness = (centre[1] - low[1]) / max(float(high[1] - low[1]), 1.0)
        score = 0.5 * liking + 0.5 * lowness - 1.6 * covered - 2.0 * (1 - clear)
        if best is None or score > best[0]:
            best = (score, centre, covered)
    if best is None:
        raise CannotForge("no_room", "there is no place for a stamp on the page")
    return best[1], best[2]


def _outline(centre: tuple[float, float], width: float, tall: float, tilt: float) -> Array:
    half = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float64) * (width / 2, tall / 2)
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    return np.asarray(half @ turn + centre, dtype=np.float32)


def _printed(clean: Array, outline: Array, window: Window, blur: float) -> Array:
    """The clean print as it falls on the window's pixels, as soft as the picture."""
    rows, columns = clean.shape
    corners = np.array([(0, 0), (columns, 0), (columns, rows)], dtype=np.float32) - 0.5
    onto = outline[:3] - np.array([window.left, window.top], dtype=np.float32)
    fine = columns / float(np.linalg.norm(outline[1] - outline[0]))
    soft = cv2.GaussianBlur(clean, (0, 0), fine * blur, borderType=cv2.BORDER_CONSTANT)
    matrix = cv2.getAffineTransform(corners, onto)
    size = (window.width, window.height)
    return np.asarray(cv2.warpAffine(soft, matrix, size, flags=cv2.INTER_LINEAR))


def _softness(pixels: Pixels, window: Window) -> float:
    """Standard deviation of the picture's softness, from how steep its steepest edges are."""
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across = cv2.Sobel(luma, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(luma, cv2.CV_32F, 0, 1, scale=0.125)
    steep = float(np.quantile(np.hypot(across, down), 0.998))
    span = float(np.quantile(luma, 0.98) - np.quantile(luma, 0.02))
    # A step blurred by sigma is at most span / (sigma * sqrt(2 pi)) steep.
    return float(np.clip(span / max(steep, 1.0) / 2.507 * 0.75, 0.45, 1.6))
