"""AutoSplice: news photographs in which DALL-E 2 redrew what a text named, at three JPEG qualities.

Layout (as the loaders of PhotoHolmes and others read it): `Authentic/<id>.jpg`,
`Forged_JPEG100/<id>_<k>.jpg`, `Forged_JPEG90/`, `Forged_JPEG75/`, `Mask/<id>_mask.png` and
`Caption/`. Each quality is a split of its own, with all authentic pictures. These are JPEG of
quality 75, so that in the other splits the quality alone tells real from forged.

Not verified: whether the k-th forgery may have a mask of its own (`<id>_<k>_mask.png` is taken
first), and the format of the captions, which are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.contract import BenchmarkSample, mask_at
from detector.layouts.masks import any_value
from detector.layouts.trees import begin, chosen, key_of, pictures, required
from schemas.vocabulary import Domain, Label

_SPLITS = ("JPEG75", "JPEG90", "JPEG100")


@dataclass(frozen=True, slots=True)
class AutoSplice:
    """Splits: `JPEG75` (the quality of the authentic pictures), `JPEG90` and `JPEG100`."""

    name: str = "autosplice"
    reference: str = "AutoSplice (Jia et al., CVPRW 2023), arXiv 2304.06870"
    distribution: str = "a folder with Authentic/, Forged_JPEG75/ (or 90, 100) and Mask/"

    def find(self, folder: Path) -> Path | None:
        """Where the authentic pictures and one quality of forgeries lie."""
        return begin(folder, lambda root: bool(_there(root)))

    def splits(self, folder: Path) -> tuple[str, ...]:
        """The qualities that are there."""
        return _there(required(self.find(folder), self.name, folder, self.distribution))

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """Authentic pictures, then those forged at one quality."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        split = chosen(split, _there(root), self.name)
        for path in pictures(root / "Authentic"):
            yield BenchmarkSample(
                key_of(path, root), path, Label.REAL, Domain.NATURAL, group=path.stem
            )
        for path in pictures(root / f"Forged_{split}"):
            number = path.stem.partition("_")[0]
            names = dict.fromkeys((f"{path.stem}_mask.png", f"{number}_mask.png"))
            masks = [root / "Mask" / name for name in names]
            mask = next((mask for mask in masks if mask.is_file()), masks[-1])
            yield BenchmarkSample(
                key=key_of(path, root),
                image=path,
                label=Label.FAKE,
                domain=Domain.NATURAL,
                mask=mask_at(mask, any_value, "fetch the folder Mask/"),
                generator="dalle2",
                operation="inpaint_object",
                group=number,
            )


def _there(root: Path) -> tuple[str, ...]:
    if not (root / "Authentic").is_dir():
        return ()
    return tuple(split for split in _SPLITS if (root / f"Forged_{split}").is_dir())
