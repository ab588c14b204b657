"""Requested masks: the place that a job asks to change, drawn from the picture and a seed."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from skimage.segmentation import slic

from generators.contract import CannotForge
from schemas.identity import derive_seed
from schemas.picture import Mask, Picture, Pixels
from schemas.vocabulary import MaskKind

_WORK_SIDE = 192
"""Objects and background are sought on a picture of at most this many pixels a side."""
_TRIES = 12
_BORDER = 0.02
_MIN_SIDE = 32


def draw_mask(kind: MaskKind, picture: Picture, seed: int, area: tuple[float, float]) -> Mask:
    """A mask (height, width) of `kind` that covers a share of the picture within `area`.

    The same arguments give the same mask. Raises `CannotForge` where the picture has no such
    region: `no_object`, `no_background`, `no_supplied_mask`, `picture_too_small`.
    """
    if min(picture.pixels.shape[:2]) < _MIN_SIDE:
        raise CannotForge("picture_too_small", f"its shorter side is below {_MIN_SIDE} pixels")
    rng = np.random.default_rng(derive_seed("requested mask", kind.value, seed))
    match kind:
        case MaskKind.SUPPLIED:
            return _supplied(picture, area)
        case MaskKind.OBJECT:
            if picture.object_mask is not None:
                return _component(picture.object_mask, rng, area)
            return salient_object(picture.pixels, rng, area)
        case MaskKind.STUFF:
            return _background(picture.pixels, rng, area)
        case MaskKind.IRREGULAR:
            return _strokes(picture.pixels.shape[0], picture.pixels.shape[1], rng, area)


def _supplied(picture: Picture, area: tuple[float, float]) -> Mask:
    mask = picture.object_mask
    if mask is None:
        raise CannotForge("no_supplied_mask", "no mask came with the source")
    if not area[0] <= mask.mean() <= area[1]:
        raise CannotForge("no_supplied_mask", f"its mask covers {mask.mean():.1%} of the picture")
    return mask.copy()


def _component(mask: Mask, rng: np.random.Generator, area: tuple[float, float]) -> Mask:
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    sizes = np.bincount(labels.ravel())[1:] / mask.size
    fitting = np.flatnonzero((sizes >= area[0]) & (sizes <= area[1]))
    if not fitting.size:
        raise CannotForge("no_object", "no object of its mask is of the size that is asked for")
    chosen: Mask = labels == int(rng.choice(fitting)) + 1
    return chosen


def salient_object(pixels: Pixels, rng: np.random.Generator, area: tuple[float, float]) -> Mask:
    """An object-like region: compact, away from the frame, unlike its surroundings.

    Seeds are grown on superpixels (Achanta et al., SLIC, TPAMI 2012) that stand out from their
    surroundings in colour, and cut out by GrabCut (Rother, Kolmogorov and Blake, 2004).
    """
    small, scale = _reduced(pixels)
    segments = slic(small, n_segments=90, compactness=12.0, start_label=0, channel_axis=2)
    scores = _salience(small, segments)
    order = np.argsort(-(scores + rng.uniform(0.0, 0.35 * float(np.ptp(scores)), scores.size)))
    for seed_segment in order[:_TRIES]:
        region = _grow(small, segments, int(seed_segment), rng.uniform(*area) * segments.size)
        cut = _grab_cut(small, region, int(rng.integers(1 << 30)))
        mask = _smooth(_enlarged(cut, pixels.shape[:2], scale))
        if mask is not None and area[0] <= mask.mean() <= area[1] and _object_like(mask):
            return mask
    raise CannotForge("no_object", "no compact region stands out from its surroundings")


def _salience(small: Pixels, segments: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Contrast of each superpixel with the others, weighted by nearness to the middle."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float64).reshape(-1, 3)
    flat = segments.ravel()
    count = np.maximum(np.bincount(flat), 1)
    colour = np.stack([np.bincount(flat, lab[:, c]) / count for c in range(3)], axis=1)
    height, width = segments.shape
    rows, columns = np.divmod(np.arange(flat.size), width)
    place = np.stack(
        [np.bincount(flat, rows / height) / count, np.bincount(flat, columns / width) / count],
        axis=1,
    )
    near = np.exp(-8.0 * np.square(place[:, None] - place[None]).sum(axis=2))
    contrast = np.linalg.norm(colour[:, None] - colour[None], axis=2)
    central = np.exp(-3.0 * np.square(place - 0.5).sum(axis=1))
    score: npt.NDArray[np.float64] = (contrast * near).sum(axis=1) / near.sum(axis=1) * central
    return score


def _grow(small: Pixels, segments: npt.NDArray[np.intp], start: int, target: float) -> Mask:
    """A region of about `target` pixels: the nearest superpixels that resemble the first."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    own = lab[segments == start].mean(axis=0)
    unlike = np.linalg.norm(lab - own, axis=2)
    rows, columns = np.nonzero(segments == start)
    grid_y, grid_x = np.indices(segments.shape)
    away = np.hypot(grid_y - rows.mean(), grid_x - columns.mean())
    cost = unlike + 60.0 * away / max(segments.shape)
    ranked = np.bincount(segments.ravel(), cost.ravel()) / np.maximum(
        np.bincount(segments.ravel()), 1
    )
    sizes = np.bincount(segments.ravel())
    order = np.argsort(ranked)
    taken = order[: max(1, int(np.searchsorted(np.cumsum(sizes[order]), target)))]
    return _main_component(np.isin(segments, taken))


def _grab_cut(small: Pixels, region: Mask, seed: int) -> Mask:
    trimap = np.full(region.shape, cv2.GC_BGD, np.uint8)
    around = cv2.dilate(region.astype(np.uint8), np.ones((15, 15), np.uint8)).astype(np.bool_)
    core = cv2.erode(region.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_)
    trimap[around] = cv2.GC_PR_BGD
    trimap[region] = cv2.GC_PR_FGD
    trimap[core] = cv2.GC_FGD
    if not core.any() or around.all():
        return region
    cv2.setRNGSeed(seed)  # GrabCut draws from OpenCV's own generator, whose state is global.
    try:
        cv2.grabCut(
            cv2.cvtColor(small, cv2.COLOR_RGB2BGR),
            trimap,
            (0, 0, 1, 1),  # ignored when the trimap is given
            np.zeros((1, 65)),
            np.zeros((1, 65)),
            2,
            cv2.GC_INIT_WITH_MASK,
        )
    except cv2.error:
        return region
    return _main_component((trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD))


def _object_like(mask: Mask) -> bool:
    """Compact and hardly touching the frame."""
    frame = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    hull = cv2.contourArea(cv2.convexHull(outline))
    return float(frame.mean()) < _BORDER * 4 and cv2.contourArea(outline) > 0.6 * hull


def _background(pixels: Pixels, rng: np.random.Generator, area: tuple[float, float]) -> Mask:
    """A patch of stuff: superpixels of little detail that resemble the picture's frame."""
    small, scale = _reduced(pixels)
    segments = slic(small, n_segments=140, compactness=8.0, start_label=0, channel_axis=2)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    flat = segments.ravel()
    sizes = np.maximum(np.bincount(flat), 1)
    busy = np.bincount(flat, detail.ravel()) / sizes
    salient = _salience(small, segments)
    dull = busy / (np.median(busy) + 1e-6) + salient / (np.median(salient) + 1e-6)
    quiet = np.argsort(dull)[: max(3, int(0.6 * dull.size))]
    allowed = np.isin(segments, quiet)
    for _ in range(_TRIES):
        start = int(rng.choice(quiet))
        target = rng.uniform(*area) * segments.size
        region = _grow(small, segments, start, target) & allowed
        mask = _smooth(_enlarged(_main_component(region), pixels.shape[:2], scale))
        if mask is not None and area[0] <= mask.mean() <= area[1]:
            return mask
    raise CannotForge("no_background", "no patch of background is of the size that is asked for")


def _strokes(height: int, width: int, rng: np.random.Generator, area: tuple[float, float]) -> Mask:
    """Free-form brush strokes, after Yu et al., "Free-Form Image Inpainting" (ICCV 2019)."""
    goal = rng.uniform(area[0] + 0.1 * (area[1] - area[0]), area[0] + 0.8 * (area[1] - area[0]))
    mask = np.zeros((height, width), np.uint8)
    side = min(height, width)
    x, y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height
    angle = rng.uniform(0.0, 2.0 * np.pi)
    thickness = max(3, int(side * rng.uniform(0.04, 0.12)))
    for _ in range(400):
        if mask.mean() >= goal:
            break
        length = side * rng.uniform(0.05, 0.2)
        angle += rng.normal(0.0, 0.9)
        if rng.random() < 0.06:
            x, y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height
        end_x = float(np.clip(x + length * np.cos(angle), 0.03 * width, 0.97 * width))
        end_y = float(np.clip(y + length * np.sin(angle), 0.03 * height, 0.97 * height))
        before = mask.copy()
        cv2.line(mask, (int(x), int(y)), (int(end_x), int(end_y)), 1, thickness)
        if mask.mean() > area[1]:
            mask, thickness = before, max(2, thickness * 2 // 3)
            continue
        x, y = end_x, end_y
    drawn = mask.astype(np.bool_)
    if not area[0] <= drawn.mean() <= area[1]:
        raise CannotForge("no_strokes", "no strokes of the size that is asked for fit")
    return drawn


def _reduced(pixels: Pixels) -> tuple[Pixels, float]:
    scale = min(1.0, _WORK_SIDE / max(pixels.shape[:2]))
    size = (max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _enlarged(mask: Mask, shape: tuple[int, ...], scale: float) -> Mask:
    soft = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(soft, (0, 0), 0.8 / scale)
    large: Mask = smooth > 0.5
    return large


def _smooth(mask: Mask) -> Mask | None:
    """The main component without holes; None where nothing is left."""
    if not mask.any():
        return None
    main = _main_component(mask).astype(np.uint8)
    contours, _ = cv2.findContours(main, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(main), contours, -1, 1, cv2.FILLED)
    return filled.astype(np.bool_)


def _main_component(mask: Mask) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count <= 1:
        return mask
    main: Mask = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return main
