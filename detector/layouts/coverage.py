"""COVERAGE: copy-moves among objects that look alike, each with its original.

Layout (github.com/wenbihan/coverage, and the test lists of github.com/grip-unina/TruFor):
`image/<n>.tif` the original, `image/<n>t.tif` the forgery, and in `mask/` `<n>forged.tif` the
forged region, `<n>copy.tif` where it was taken from and `<n>paste.tif`, of which the first is read.

Not verified: the tags in `label/*.mat`, which are not read. Nine pictures are known to have wrong
masks (github.com/YanLi8858/Image-Manipulation-Dataset has corrected ones); those of another size
than their picture fail when read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.contract import BenchmarkSample, mask_at
from detector.layouts.masks import light
from detector.layouts.trees import begin, chosen, key_of, pictures, required
from schemas.errors import StorageError
from schemas.vocabulary import Domain, Label

_ALL = "all"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One split, `all`."""

    name: str = "coverage"
    reference: str = "COVERAGE (Wen et al., ICIP 2016), doi 10.1109/ICIP.2016.7532339"
    distribution: str = "a folder with image/<n>.tif, image/<n>t.tif and mask/<n>forged.tif"

    def find(self, folder: Path) -> Path | None:
        """Where `image` and `mask` lie, with a numbered forgery in the first."""
        return begin(folder, _fits)

    def splits(self, folder: Path) -> tuple[str, ...]:
        """`all`."""
        required(self.find(folder), self.name, folder, self.distribution)
        return (_ALL,)

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """Pair by pair, in the order of their numbers."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        chosen(split, (_ALL,), self.name)
        found = pictures(root / "image")
        for path in found:
            if _number(path) is None:
                raise StorageError(f"{path} is named neither <n> nor <n>t; move it away")
        for path in sorted(found, key=lambda path: (_number(path) or 0, path.stem)):
            number = str(_number(path))
            if not path.stem.endswith("t"):
                yield BenchmarkSample(
                    key_of(path, root), path, Label.REAL, Domain.NATURAL, group=number
                )
                continue
            mask = root / "mask" / f"{number}forged.tif"
            yield BenchmarkSample(
                key=key_of(path, root),
                image=path,
                label=Label.FAKE,
                domain=Domain.NATURAL,
                mask=mask_at(mask, light, "fetch the folder mask/"),
                operation="copy_move",
                group=number,
            )


def _fits(folder: Path) -> bool:
    return (folder / "mask").is_dir() and any(
        path.stem.endswith("t") and _number(path) is not None for path in pictures(folder / "image")
    )


def _number(path: Path) -> int | None:
    digits = path.stem.removesuffix("t")
    return int(digits) if digits.isascii() and digits.isdigit() else None
