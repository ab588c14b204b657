"""`python -m benchmarks.crops`: tile hashes against plain pHash at radius 8, on random crops.

Photographs: each is cropped to 90 % of its sides at a random place, then half of the crops are
saved as JPEG (quality 50 to 95) and resized (by 0.5 to 1) as well. Recall is the part of the crops
that are found among all pictures and all crops at once. False pairs are counted among parts of the
photographs that do not overlap, every one against every other; photographs known to
show one scene count as one. The upper bound is that of Clopper and Pearson, 95 % one-sided. Crops
that keep 75 and 50 % of the sides, and pages in the place of photographs, are reported beside.
Cost is processor time on one thread, a 384 pixel picture in memory; medians of alternating turns.

PHOTOS=folder names the photographs and PAGES=folder the pages; without, the photographs are those
that scikit-image, scikit-learn and matplotlib carry, which are too few to bound a rate of 1e-6, and
there are no pages.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import imagehash
import numpy as np
from PIL import Image
from scipy.stats import beta

from benchmarks.figures import Figure, report
from curation.crops.pairs import crop_pairs
from curation.crops.tiles import tiles
from curation.duplicates.pairs import near_pairs
from curation.fingerprints.phash import fingerprint
from schemas.picture import Pixels
from storage.reading import EXTENSIONS, UnreadablePicture, read_picture
from tests.curation.crops.pictures import NAMES, crop, picture, pieces, saved_again

RECALL, RATE = 0.98, 1e-6
RADIUS = 8
PARTS, MORE_PARTS = 4, 8  # a side of each of many pictures, of each of few
FEW = 50  # pictures
LONGEST = 1024  # pixels; larger pictures are halved until they are smaller
TURNS = 7
# Among the test pictures, those of one scene: a word that starts the names of their files.
_SCENES = (
    "Azure-Samples_shelf", "Azure-Samples_unstitched", "WordPress_botany", "mapillary_",
    "drewnoakes_Epson", "drewnoakes_Seiko_Epson", "mdn_", "recurser_", "MohamedBakrAli_",
)  # fmt: skip
_ALIASES = {
    "Azure-Samples_shelf": "Azure-Samples_unstitched",
    "drewnoakes_Seiko_Epson": "drewnoakes_Epson",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture, and the name of the scene that it shows."""

    scene: str
    pixels: Pixels


def main() -> None:
    """Measure and print."""
    print(report("crops", measure()))


def measure() -> tuple[Figure, ...]:
    """The figures; prints those that nobody asked for on the way."""
    cv2.setNumThreads(1)
    pictures, pages = os.environ.get("PHOTOS"), os.environ.get("PAGES")
    photographs = (
        _read(Path(pictures)) if pictures else [Shown(name, picture(name)) for name in NAMES]
    )
    found, plain = _recall(photographs, 0.9)
    for keep in (0.75, 0.5):
        more, plainly = _recall(photographs, keep)
        print(f"crops of photographs to {keep:.0%} of the sides: {more:.3f}, pHash {plainly:.3f}")
    false, pairs = _false(photographs, "photographs")
    if pages:
        scanned = _read(Path(pages))
        shares = ", ".join(
            f"{keep:.0%} {_recall(scanned, keep)[0]:.3f}" for keep in (0.9, 0.75, 0.5)
        )
        print(f"crops of {len(scanned)} pages, by what is kept of the sides: {shares}")
        _false(scanned, "pages (parts of one form or letterhead are pairs, and counted)")
    ours, theirs, size = _cost(photographs)
    bound = float(beta.ppf(0.95, false + 1, pairs - false))
    return (
        Figure(
            "recall of 10 % crops by tiles", f">= {RECALL}",
            f"{found:.3f} (pHash at radius {RADIUS}: {plain:.3f})", found >= RECALL,
        ),
        Figure(
            "false pairs by tiles", f"<= {RATE:.0e}",
            f"{false} of {pairs:,} (a rate below {bound:.1e}, at 95 %)",
            false / pairs <= RATE,
        ),
        Figure("tiles beside imagehash, time", "-", f"{ours:.1f} ms to {theirs:.1f} ms", True),
        Figure("tiles, bytes a picture", "a few hundred", f"{size:.0f}", size < 1000),
    )  # fmt: skip


def _read(folder: Path) -> list[Shown]:
    shown = []
    for path in sorted(one for one in folder.rglob("*") if one.suffix.lower() in EXTENSIONS):
        try:
            pixels, _ = read_picture(path.read_bytes(), min_side=64)
        except UnreadablePicture as reason:
            print(f"{path.name} is left out: {reason}")
            continue
        while max(pixels.shape) > LONGEST:
            pixels = np.asarray(
                cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
            )
        begins = next((word for word in _SCENES if path.name.startswith(word)), path.stem)
        shown.append(Shown(_ALIASES.get(begins, begins), pixels))
    return shown


def _recall(shown: Sequence[Shown], keep: float) -> tuple[float, float]:
    """The part of random crops that is found, by tiles and by pHash."""
    rng = np.random.default_rng([round(100 * keep), 1])
    turns = 2 if len(shown) > FEW else 12
    whole = [one.pixels for one in shown]
    parts = []
    for turn in range(turns):
        windows = [crop(pixels, keep, rng)[0] for pixels in whole]
        parts += [saved_again(one, rng) for one in windows] if turn % 2 else windows
    everything = whole + parts
    sought = {(i, j) for j in range(len(whole), len(everything)) for i in [j % len(whole)]}
    by_tiles = {(p.first, p.second) for p in crop_pairs([tiles(one) for one in everything])}
    return len(by_tiles & sought) / len(sought), len(_by_phash(everything) & sought) / len(sought)


def _false(shown: Sequence[Shown], what: str) -> tuple[int, int]:
    """How many pairs of parts that do not overlap are found, of how many that there are."""
    side = PARTS if len(shown) > FEW else MORE_PARTS
    parts = [part for one in shown for part in pieces(one.pixels, side)]
    scenes = [one.scene for one in shown for _ in range(side**2)]
    same = Counter(scenes)
    # Of scenes with several photographs nobody knows which parts show the same.
    several = {scene for scene, count in same.items() if count > side**2}

    def wrong(first: int, second: int) -> bool:
        return scenes[first] != scenes[second] or scenes[first] not in several

    pairs = [p for p in crop_pairs([tiles(part) for part in parts]) if wrong(p.first, p.second)]
    plain = sum(wrong(i, j) for i, j in _by_phash(parts))
    excluded = sum(same[scene] * (same[scene] - 1) // 2 for scene in several)
    total = len(parts) * (len(parts) - 1) // 2 - excluded
    told = f"{len(pairs)} pairs of {total:,}, by pHash {plain}"
    print(f"{len(parts):,} parts of {len(shown)} {what}: {told}")
    for pair in pairs[:10]:
        left, right = (f"part {n % side**2} of {scenes[n]}" for n in (pair.first, pair.second))
        print(f"  {left} and {right}: {pair.agreeing} tiles agree, {pair.share:.2f} of them all")
    return len(pairs), total


def _by_phash(pictures: Sequence[Pixels]) -> set[tuple[int, int]]:
    hashes = np.array([fingerprint(one) for one in pictures], np.uint64)
    return {
        pair
        for block in near_pairs(hashes, RADIUS)
        for pair in zip(block.first.tolist(), block.second.tolist(), strict=True)
    }


def _cost(shown: Sequence[Shown]) -> tuple[float, float, float]:
    """Milliseconds a picture of tiles and of imagehash's pHash, and bytes of tiles a picture."""
    some = [np.asarray(cv2.resize(one.pixels, (384, 384)), np.uint8) for one in shown[:40]]

    def milliseconds(work: Callable[[Pixels], object]) -> float:
        began = time.process_time()
        for pixels in some:
            work(pixels)
        return 1000 * (time.process_time() - began) / len(some)

    def plain(pixels: Pixels) -> object:
        return imagehash.phash(Image.fromarray(pixels))

    turns = [(milliseconds(tiles), milliseconds(plain)) for _ in range(TURNS)]
    ours, theirs = (statistics.median(times) for times in zip(*turns, strict=True))
    return ours, theirs, statistics.mean(len(tiles(one.pixels).pack()) for one in shown)


if __name__ == "__main__":
    main()
