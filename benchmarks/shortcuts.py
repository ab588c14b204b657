"""Does the shortcut audit find what was planted? Run by `make bench-shortcuts`.

Real photographs, scaled down so that nothing is left of their own JPEG saves, each with a forgery
of its own (a patch copied within it), are stored as a set would be, with one thing amiss at a time:
reals at JPEG quality 96 and fakes at 95; fakes cropped to multiples of 64; reals saved twice, the
last time as the fakes; EXIF kept on reals. The audit sees the files alone. Matched sets, in which
each pair shares its settings, have nothing amiss.

Beside it, on the same files, stands what people do today: the header's format, mode, size and
length by Pillow, and a random forest under scikit-learn's cross-validation. The last line holds the
figures. Photographs come from the folder `PHOTOS`, from those beside the checkout, or else from the
installed packages.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from PIL import Image
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure, report
from benchmarks.planted_shortcuts import (
    Files,
    Pair,
    clean_photographs,
    decoded,
    exif,
    forged,
    jpeg,
    matched,
    qualities,
    saves,
    sizes,
)
from curation.shortcuts.audit import audit
from curation.shortcuts.file_features import file_features
from curation.shortcuts.side_information import SideInformation
from schemas.picture import Codec, Pixels
from schemas.shortcuts import SIDE_FAMILIES, AuditReport
from schemas.vocabulary import Label

SEEDS = (0, 1, 2, 3, 4)


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


def measure() -> tuple[Figure, ...]:
    """The planted shortcuts, the matched sets, and the cost of a picture."""
    cv2.setNumThreads(1)
    pictures = clean_photographs()
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
                    _seconds(decoded, files),
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
    print(report("shortcuts", measure()))


if __name__ == "__main__":
    main()
