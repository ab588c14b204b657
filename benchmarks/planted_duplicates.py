"""`python -m benchmarks.planted_duplicates`: are planted near-duplicates found, and no others?

Photographs are cut into quarters, or as many parts as it takes, which stand for distinct pictures;
parts that hold next to nothing, such as plain sky, are left out. Each has copies: saved as JPEG at
qualities from 30 to 95, halved, cropped to 98 % of its sides, brighter and darker, blurred; and,
for the dihedral option, turned and mirrored in all seven ways. Copies are JPEG files, fingerprinted
as files. Recall is the share of copies within 8 bits of their picture; false pairs are counted
among the distinct pictures; how often a finer cut has any is reported beside.

So is the share of splices that a plain radius of 8 takes for duplicates of what they were made
from: a rectangle of 2, 5 or 10 % of the area, from another picture. Photographs are those of the
folder PHOTOS (of distinct scenes, please), those beside the checkout, or the packaged ones, which
are too few for as many pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure, report
from benchmarks.photo_files import photographs
from curation.duplicates.pairs import near_pairs
from curation.fingerprints.files import fingerprint_file, print_file
from curation.fingerprints.orientations import orientations
from curation.fingerprints.phash import fingerprint
from schemas.picture import Pixels
from storage.codecs import encode_jpeg
from storage.reading import UnreadablePicture, read_picture

RADIUS = 8
PICTURES = 800  # have 319,600 pairs
RECALL = 0.98
QUALITIES = (30, 50, 75, 95)
SPLICED = (0.02, 0.05, 0.10)
_LEAST_DEVIATION = 20.0  # of grey levels in a picture
_LEAST_SIDE = 64
# Beside the checkout, files that show what others show.
_REPEATED = ("drewnoakes_Seiko_Epson_PhotoPC_3000Z", "recurser_Landscape_4", "recurser_Portrait_4")


def scenes() -> list[tuple[str, Pixels]]:
    """Whole photographs with their names."""
    found = []
    for name, data in photographs():
        if not name.startswith(_REPEATED):
            try:
                found.append((name, read_picture(data)[0]))
            except UnreadablePicture as error:
                print(f"left out: {name} ({error})")
    return found


def cut(whole: list[tuple[str, Pixels]], across: int) -> list[tuple[str, Pixels]]:
    """The parts of photographs that are cut into `across` by `across`, each with a name."""
    found = []
    for name, pixels in whole:
        height, width = (side // across for side in pixels.shape[:2])
        for row, column in np.ndindex(across, across):
            top, left = row * height, column * width
            part = pixels[top : top + height, left : left + width]
            grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
            if min(grey.shape) >= _LEAST_SIDE and grey.std() >= _LEAST_DEVIATION:
                found.append((f"{name}, row {row}, column {column} of {across}", part))
    return found


def copies(pixels: Pixels, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """Near-duplicates of a picture as JPEG files, each with the name of what was done."""
    for quality in QUALITIES:
        yield f"JPEG {quality}", encode_jpeg(pixels, quality, "4:2:0")
    height, width = (round(0.98 * side) for side in pixels.shape[:2])
    top, left = (int(rng.integers(0, rest + 1)) for rest in _rest(pixels, height, width))
    changed = {
        "half the size": cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        "crop to 98 %": pixels[top : top + height, left : left + width],
        "brighter": cv2.convertScaleAbs(pixels, alpha=1.25),
        "darker": cv2.convertScaleAbs(pixels, alpha=0.75),
        "blurred": cv2.GaussianBlur(pixels, (0, 0), min(height, width) / 256),
    }
    for name, copy in changed.items():
        yield name, encode_jpeg(np.ascontiguousarray(copy, np.uint8), 85, "4:2:0")


def turned_copies(pixels: Pixels) -> Iterator[tuple[str, bytes]]:
    """The seven other orientations of a picture as JPEG files."""
    for index in range(1, 8):
        shown = np.rot90(pixels[:, ::-1] if index >= 4 else pixels, index % 4)
        yield (
            "turned and mirrored" if index >= 4 else "turned",
            encode_jpeg(np.ascontiguousarray(shown), 75, "4:2:0"),
        )


def splice(pixels: Pixels, other: Pixels, share: float, rng: np.random.Generator) -> Pixels:
    """A picture with a rectangle of another, of this share of its area."""
    other = np.asarray(cv2.resize(other, pixels.shape[1::-1]), np.uint8)
    aspect = float(np.exp(rng.uniform(-0.5, 0.5)))
    height = round(pixels.shape[0] * np.sqrt(share * aspect))
    width = round(pixels.shape[1] * np.sqrt(share / aspect))
    top, left = (int(rng.integers(0, rest + 1)) for rest in _rest(pixels, height, width))
    forged = pixels.copy()
    part = slice(top, top + height), slice(left, left + width)
    forged[part] = other[part]
    return forged


def _rest(pixels: Pixels, height: int, width: int) -> tuple[int, int]:
    return pixels.shape[0] - height, pixels.shape[1] - width


def measure() -> tuple[Figure, ...]:
    """Recall of copies, recall with orientations, and false pairs among distinct pictures."""
    whole = scenes()
    across = 2
    while len(named := cut(whole, across)) < PICTURES and len(cut(whole, across + 1)) > len(named):
        across += 1
    pictures = [pixels for _, pixels in named]
    prints = np.array([fingerprint(pixels) for pixels in pictures], np.uint64)
    print(f"{len(pictures)} distinct pictures, of {len(whole)} photographs in {across} by {across}")
    rng = np.random.default_rng(4)
    plain: dict[str, list[bool]] = {}
    turned: dict[str, list[bool]] = {}
    for pixels, value in zip(pictures, prints.tolist(), strict=True):
        for name, data in copies(pixels, rng):
            near = (fingerprint_file(data) ^ value).bit_count() <= RADIUS
            plain.setdefault(name, []).append(near)
        for name, data in turned_copies(pixels):
            looks = print_file(data, orientations=True).orientations
            apart = min((one ^ value).bit_count() for one in looks)
            turned.setdefault(name, []).append(apart <= RADIUS)
    for name, found in (plain | turned).items():
        print(f"  {name}: {np.mean(found):.2%} found")
    for share in SPLICED:
        near = [
            (fingerprint(splice(pixels, pictures[i - 1], share, rng)) ^ value).bit_count() <= RADIUS
            for i, (pixels, value) in enumerate(zip(pictures, prints.tolist(), strict=True))
        ]
        print(f"  a splice of {share:.0%} would be dropped as a duplicate: {np.mean(near):.0%}")
    false = _false_pairs(named, prints)
    for pair in false:
        print(f"  a false pair: {pair}")
    print(f"  with orientations, {_turned_pairs(pictures, prints)} pairs are near by chance")
    finer = cut(whole, across + 1)
    more = _false_pairs(finer, np.array([fingerprint(pixels) for _, pixels in finer], np.uint64))
    print(f"  cut once more: {len(more)} false pairs among {_pairs(len(finer)):,}")
    pairs = _pairs(len(pictures))
    return (
        _recall("planted near-duplicates found within 8 bits", plain),
        _recall("turned and mirrored ones, with the dihedral option", turned),
        Figure(
            f"false pairs among {pairs:,} of distinct pictures",
            "none of ≥ 300,000",
            str(len(false)),
            not false and pairs >= 300_000,
        ),
    )


def _false_pairs(named: list[tuple[str, Pixels]], prints: npt.NDArray[np.uint64]) -> list[str]:
    return [
        f"{named[i][0]} and {named[j][0]}"
        for block in near_pairs(prints, RADIUS)
        for i, j in zip(block.first.tolist(), block.second.tolist(), strict=True)
    ]


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _turned_pairs(pictures: list[Pixels], prints: npt.NDArray[np.uint64]) -> int:
    """Pairs of distinct pictures, one of which turned or mirrored is within 8 bits of the other."""
    variants = np.array([orientations(pixels) for pixels in pictures], np.uint64)
    near = np.bitwise_count(variants[:, None, :] ^ prints[None, :, None]).min(axis=2) <= RADIUS
    return int(np.triu(near, 1).sum())


def _recall(what: str, found: dict[str, list[bool]]) -> Figure:
    share = float(np.mean([near for some in found.values() for near in some]))
    least = min(found, key=lambda name: np.mean(found[name]))
    measured = f"{share:.2%} (least: {least}, {np.mean(found[least]):.2%})"
    return Figure(what, f"≥ {RECALL:.0%}", measured, share >= RECALL)


def main() -> None:
    """Measure and print, the figures last."""
    print(report("planted_duplicates", measure()))


if __name__ == "__main__":
    main()
