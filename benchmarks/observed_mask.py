"""Measures the observed mask of edits that went through a model: overlap with the truth, and cost.

Run by `python -m benchmarks.observed_mask`. Photographs are edited at random places, rendered anew
by a model, shifted by up to 8 px, scaled by up to 2 % and given other sizes; no mask is handed
over. The learned models take part where their weights and more photographs lie beside the checkout
(`COUNTERFOIL_TEST_DATA`, or ../shared/data). The last line holds the figures.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from benchmarks import tiny_autoencoder
from benchmarks.edited_pairs import EDITS, FRAMES, Model, make_pair, resampling, soft_jpeg
from curation.masks.observed import NoiseFloor, agreement, observe
from curation.masks.registration import Registration
from schemas.picture import Mask, Pixels

CASES = 200
SHAPES = ((384, 384), (320, 480), (384, 384), (480, 320))
BELOW = 0.7


@dataclass(frozen=True, slots=True)
class Result:
    """One pair: how it was made, IoU with and without registration, and the changed area found."""

    edit: str
    model: str
    frame: str
    found: float
    unregistered: float
    changed: float
    confident: bool


def photographs() -> list[Pixels]:
    """Packaged photographs and, where they are, some of those beside the checkout."""
    found = [getattr(data, name)() for name in ("astronaut", "chelsea", "coffee", "rocket")]
    found += [load_sample_image(f"{name}.jpg") for name in ("china", "flower")]
    folder = _beside()
    if folder is not None:
        files = sorted((folder / "photos").iterdir())[5::9]
        files += sorted((folder / "photos_lossless").iterdir())[1::4]
        for file in files:
            if not file.name.startswith("skimage_"):  # One of the packaged ones.
                with Image.open(file) as image:
                    found.append(np.asarray(image.convert("RGB")))
    return [_cut(pixels, SHAPES[i % len(SHAPES)]) for i, pixels in enumerate(found)]


def models() -> dict[str, Model]:
    """The models by name; the learned ones only where their weights are."""
    found: dict[str, Model] = {"resampling": resampling, "soft jpeg": soft_jpeg}
    folder = _beside()
    if folder is not None:
        weights = folder / tiny_autoencoder.FOLDER
        for name, noise in (("autoencoder", 0.0), ("noisy latents", 0.15), ("noisier", 0.3)):
            found[name] = tiny_autoencoder.load(weights, noise)
    return found


def measure(cases: int) -> Iterator[Result]:
    """Make `cases` pairs, a fifth of them not edited at all, and compare the masks."""
    pictures, renderers = photographs(), models()
    rng = np.random.default_rng(3)
    kinds = (*EDITS, "none")
    for index in range(cases):
        edit, frame = kinds[index % len(kinds)], FRAMES[int(rng.integers(len(FRAMES)))]
        model = list(renderers)[index // len(kinds) % len(renderers)]
        one, other = rng.choice(len(pictures), 2, replace=False)
        seed = int(rng.integers(2**31))
        pair = make_pair(pictures[one], pictures[other], edit, renderers[model], frame, seed)
        seen = observe(pair.source, pair.image, None, noise=NoiseFloor.MODEL)
        resized = observe(
            pair.source,
            pair.image,
            None,
            noise=NoiseFloor.MODEL,
            registration=_resized(pair.source, pair.image),
        )
        assert seen.registration is not None
        yield Result(
            edit,
            model,
            frame,
            overlap(pair.truth, seen.mask),
            overlap(pair.truth, resized.mask),
            seen.changed_area,
            seen.registration.confident,
        )


def overlap(truth: Mask, found: Mask) -> float:
    """Intersection over union."""
    both = agreement(None, truth, found).applied_observed
    assert both is not None
    return both


def seconds(side: int) -> float:
    """The median time of registering and observing a picture of `side` by `side` pixels."""
    source, other = (_cut(getattr(data, name)(), (side, side)) for name in ("coffee", "astronaut"))
    pair = make_pair(source, other, "paste", soft_jpeg, "moved", 1)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        observe(pair.source, pair.image, None, noise=NoiseFloor.MODEL)
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def _resized(source: Pixels, image: Pixels) -> Registration:
    ratio = image.shape[1] / source.shape[1], image.shape[0] / source.shape[0]
    matrix = np.array(
        [[ratio[0], 0, (ratio[0] - 1) / 2], [0, ratio[1], (ratio[1] - 1) / 2]], np.float64
    )
    sizes = (source.shape[0], source.shape[1]), (image.shape[0], image.shape[1])
    return Registration(matrix, *sizes, False, 1.0, 0.0, 0.0, True)


def _cut(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """The middle of a picture, resized to (height, width)."""
    scale = max(size[0] / pixels.shape[0], size[1] / pixels.shape[1])
    height, width = (max(size[i], round(pixels.shape[i] * scale)) for i in (0, 1))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(pixels[:, :, :3], (width, height), interpolation=way)
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    return np.ascontiguousarray(resized[top : top + size[0], left : left + size[1]], np.uint8)


def _beside() -> Path | None:
    named = os.environ.get("COUNTERFOIL_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    return folder if (folder / tiny_autoencoder.FOLDER).is_dir() else None


def _summary(results: list[Result]) -> str:
    found = np.array([result.found for result in results])
    before = np.mean([result.unregistered for result in results])
    return (
        f"{len(found):4d} pairs, IoU mean {found.mean():.3f} median {np.median(found):.3f} "
        f"5th percentile {np.quantile(found, 0.05):.3f} below {BELOW}: {(found < BELOW).mean():.1%}"
        f" unregistered {before:.3f}"
    )


def main() -> None:
    """Measure and print: a line a condition, and the figures last."""
    results = list(measure(CASES))
    edited = [result for result in results if result.edit != "none"]
    untouched = [result.changed for result in results if result.edit == "none"]
    by_condition: Mapping[str, Mapping[str, list[Result]]] = {
        kind: {
            value: [result for result in edited if getattr(result, kind) == value]
            for value in dict.fromkeys(getattr(result, kind) for result in edited)
        }
        for kind in ("edit", "model", "frame")
    }
    for kind, groups in by_condition.items():
        for value, group in groups.items():
            print(f"{kind} {value:14s}{_summary(group)}")
    print(
        f"observed mask after a model: {_summary(edited)}; "
        f"registered {np.mean([result.confident for result in results]):.1%}; "
        f"unedited pairs: {np.mean(untouched):.4%} changed, {np.mean(np.equal(untouched, 0)):.0%} "
        f"empty; {seconds(384) * 1000:.0f} ms at 384 px, {seconds(1024) * 1000:.0f} ms at 1024 px"
    )


if __name__ == "__main__":
    main()
