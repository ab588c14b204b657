"""`python -m benchmarks.shortcuts [PHOTOS]`: does the audit find what was planted?

Real photographs, scaled down so that nothing is left of their own JPEG saves, each with a forgery
of its own (a patch copied within it), are stored as a set would be, with one thing amiss at a time:
reals at JPEG quality 96 and fakes at 95; fakes cropped to multiples of 64; reals saved twice, the
last time as the fakes; EXIF kept on reals. The audit sees the files alone. Matched sets, in which
each pair shares its settings, have nothing amiss.

Beside it, on the same files, stands what people do today: the header's format, mode, size and
length by Pillow, and a random forest under scikit-learn's cross-validation. The last line holds the
figures. Photographs come from the folder named, from `shared/data/photos` beside the checkout, or
else from the installed packages.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure, report
from curation.shortcuts.audit import audit
from curation.shortcuts.file_features import file_features
from curation.shortcuts.side_information import SideInformation
from schemas.picture import Codec, Pixels
from schemas.shortcuts import SIDE_FAMILIES, AuditReport
from schemas.vocabulary import Label
from sources.packaged import PICTURES, packaged_bytes

MOST = 240
SEEDS = (0, 1, 2, 3, 4)
_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "photos"

Pair = tuple[Pixels, Pixels]
Files = list[tuple[Label, str, bytes]]


def photographs(folder: Path | None) -> list[Pixels]:
    """Up to `MOST` pictures of some 300 to 500 px without any trace of a JPEG grid."""
    if folder is not None and folder.is_dir():
        files = [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()][:MOST]
        return [_shrunk(_pixels(data), 0.55) for data in files]
    crops: list[Pixels] = []
    for picture in PICTURES:
        pixels = _shrunk(_pixels(packaged_bytes(picture)), 0.7)
        # Strides that no size of a grid divides; the sizes differ, as those of photographs do.
        for number, top in enumerate(range(0, pixels.shape[0] - 207, 101)):
            for left in range(0, pixels.shape[1] - 207, 97):
                side = 170 + (number * 13 + left) % 37
                crops.append(pixels[top : top + side, left : left + side + number % 5])
    step = max(1, len(crops) // MOST)
    return crops[::step][:MOST]


def _pixels(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def _shrunk(pixels: Pixels, factor: float) -> Pixels:
    height, width = pixels.shape[:2]
    size = (int(width * factor), int(height * factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def forged(pixels: Pixels, seed: int) -> Pixels:
    """The picture with a patch of it copied to another place."""
    rng = np.random.default_rng(seed)
    height, width = pixels.shape[:2]
    side = min(height, width) // 4
    (top, to_top), (left, to_left) = (rng.integers(0, n - side, 2) for n in (height, width))
    copy = pixels.copy()
    copy[to_top : to_top + side, to_left : to_left + side] = pixels[
        top : top + side, left : left + side
    ]
    return copy


def jpeg(pixels: Pixels, quality: int, exif: bytes = b"", subsampling: int = 2) -> bytes:
    """The picture as Pillow stores it."""
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    image.save(buffer, "JPEG", quality=quality, exif=exif, subsampling=subsampling)
    return buffer.getvalue()


def qualities(pairs: Sequence[Pair], seed: int) -> Files:
    """Reals at quality 96, fakes at 95."""
    return _files(pairs, lambda p, n: jpeg(p, 96), lambda p, n: jpeg(p, 95))


def sizes(pairs: Sequence[Pair], seed: int) -> Files:
    """Fakes are cut to multiples of 64; reals keep their size."""

    def cut(pixels: Pixels, number: int) -> bytes:
        height, width = (side // 64 * 64 for side in pixels.shape[:2])
        return jpeg(pixels[:height, :width], 90)

    return _files(pairs, lambda p, n: jpeg(p, 90), cut)


def saves(pairs: Sequence[Pair], seed: int) -> Files:
    """Reals were saved at 60 to 85 before, every other time on another grid; all end at 90."""
    rng = np.random.default_rng(seed)
    before = rng.integers(60, 86, len(pairs))
    shift = rng.integers(0, 8, (len(pairs), 2)) * rng.integers(0, 2, (len(pairs), 1))

    def once(pixels: Pixels, number: int) -> bytes:
        top, left = shift[number]
        return jpeg(pixels[top:, left:], 90)

    def twice(pixels: Pixels, number: int) -> bytes:
        return once(_pixels(jpeg(pixels, int(before[number]))), number)

    return _files(pairs, twice, once)


def exif(pairs: Sequence[Pair], seed: int) -> Files:
    """Reals carry what a camera wrote."""
    tags = Image.Exif()
    tags.update({0x010F: "Camera", 0x0110: "Model 1", 0x0132: "2020:01:01 00:00:00"})
    return _files(pairs, lambda p, n: jpeg(p, 90, tags.tobytes()), lambda p, n: jpeg(p, 90))


def matched(pairs: Sequence[Pair], seed: int) -> Files:
    """Each pair shares a quality and a subsampling; halves of photographs, for twice as many."""
    rng = np.random.default_rng(seed)
    pairs = [
        (half, forged(half, 2 * number + side))
        for number, (source, _) in enumerate(pairs)
        for side, half in enumerate(np.array_split(source, 2, axis=1))
    ]
    quality = rng.choice((75, 85, 90, 95), len(pairs))
    subsampling = rng.choice((0, 2), len(pairs))

    def same(pixels: Pixels, number: int) -> bytes:
        return jpeg(pixels, int(quality[number]), b"", int(subsampling[number]))

    return _files(pairs, same, same, 2)


def _files(
    pairs: Sequence[Pair],
    real: Callable[[Pixels, int], bytes],
    fake: Callable[[Pixels, int], bytes],
    of_one: int = 1,
) -> Files:
    """Both files of each pair, in the group of its photograph, of which there are `of_one`."""
    found: Files = []
    for number, (source, forgery) in enumerate(pairs):
        group = f"photograph {number // of_one}"
        found.append((Label.REAL, group, real(source, number)))
        found.append((Label.FAKE, group, fake(forgery, number)))
    return found


def audited(files: Files, seed: int) -> AuditReport:
    """The audit of the files; their headers and pixels are all it gets."""
    rows = []
    for label, group, data in files:
        features = file_features(data, SIDE_FAMILIES)
        width, height = int(features["width"]), int(features["height"])
        codec = Codec(str(features["format"]))
        rows.append(
            SideInformation(label, group, codec, width, height, len(data), features=features)
        )
    return audit(rows, seed, by_slice=False)


def header_forest(files: Files) -> float:
    """The AUC of what people do today: a random forest on what Pillow says of the header."""
    rows, fake, groups = [], [], []
    for label, group, data in files:
        with Image.open(io.BytesIO(data)) as image:
            mode = ("L", "RGB").index(image.mode)
            rows.append((image.width, image.height, len(data), image.format == "JPEG", mode))
        fake.append(label is Label.FAKE)
        groups.append(group)
    with threadpool_limits(limits=1):
        scores = cross_val_predict(
            RandomForestClassifier(100, min_samples_leaf=5, random_state=0),
            np.array(rows, float),
            fake,
            groups=groups,
            cv=StratifiedGroupKFold(5, shuffle=True, random_state=0),
            method="predict_proba",
        )
    return float(roc_auc_score(fake, scores[:, 1]))


PLANTED: tuple[tuple[str, Callable[[Sequence[Pair], int], Files], tuple[str, ...]], ...] = (
    ("reals at quality 96, fakes at 95", qualities, ("quality",)),
    ("fakes multiples of 64 in size", sizes, ("size_step",)),
    ("reals saved twice", saves, ("resaved", "first_quality", "second_grid")),
    ("EXIF kept on reals", exif, ("exif",)),
)


def measure(folder: Path | None = None) -> tuple[Figure, ...]:
    """The planted shortcuts, the matched sets, and the cost of a picture."""
    cv2.setNumThreads(1)
    pictures = photographs(folder or (_SHARED if _SHARED.is_dir() else None))
    pairs = [(picture, forged(picture, number)) for number, picture in enumerate(pictures)]
    print(f"{len(pairs)} photographs, each with a forgery")
    figures = []
    for what, plant, names in PLANTED:
        files = plant(pairs, 0)
        found = audited(files, 0)
        named = found.findings[0].feature if found.findings else "nothing"
        print(
            f"{what}: AUC {found.auc:.3f} [{found.low:.3f}, {found.high:.3f}], named {named}; "
            f"header forest {header_forest(files):.3f}"
        )
        told = f"{found.auc:.3f}, named {named}"
        good = found.auc >= 0.9 and named in names
        figures.append(Figure(f"shortcut planted: {what}", "AUC >= 0.9, named", told, good))
    aucs = []
    for seed in SEEDS:
        found = audited(matched(pairs, seed), seed)
        aucs.append(found.auc)
        print(f"matched, seed {seed}: AUC {found.auc:.3f} (chance up to {found.null:.3f})")
    worst = max(aucs, key=lambda auc: abs(auc - 0.5))
    good = abs(worst - 0.5) <= 0.05
    figures.append(
        Figure(
            "no shortcut: real and fake stored alike", "0.5 ± 0.05", f"{worst:.3f} at worst", good
        )
    )
    figures.append(cost(pictures))
    return tuple(figures)


def cost(pictures: Sequence[Pixels]) -> Figure:
    """Milliseconds for the features of a 512 px JPEG on one core, beside a decode by Pillow."""
    squares = [np.asarray(cv2.resize(one, (512, 512)), np.uint8) for one in pictures[:40]]
    files = [jpeg(one, 90) for one in squares]
    turns = []
    with threadpool_limits(limits=1):
        for _ in range(5):
            turns.append(
                (
                    _seconds(lambda data: file_features(data, SIDE_FAMILIES), files),
                    _seconds(file_features, files),
                    _seconds(_pixels, files),
                )
            )
    # The least of the turns, because others on the machine only ever add to them.
    side, every, bare = (min(column) * 1e3 for column in zip(*turns, strict=True))
    told = f"{side:.1f} ms; {every:.1f} ms (a decode by Pillow: {bare:.1f} ms)"
    return Figure("side information of a 512 px JPEG: what the gate judges; all", "-", told, True)


def _seconds(work: Callable[[bytes], object], files: Sequence[bytes]) -> float:
    began = time.process_time()
    for data in files:
        work(data)
    return (time.process_time() - began) / len(files)


def main() -> None:
    """Measure and print the line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print(report("shortcuts", measure(folder)))


if __name__ == "__main__":
    main()
