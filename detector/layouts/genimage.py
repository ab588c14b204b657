"""GenImage: pictures of eight generators, and ImageNet photographs beside each.

Layout (the README of its repository and the file lists there; the archives of a generator unpack
into a folder such as `imagenet_ai_0419_biggan`, by itself or within `BigGAN/`):

    <generator>/{train,val}/{ai,nature}/<file>
    imagenet_ai/{train,val}/{ai,nature}/<file>     all generators put together

In the latter the generator is read from names such as `116_biggan_00094.png`.

Not verified: that every generator's fakes are named so. Fakes are PNG and photographs JPEG, which a
detector can learn instead of the forgery.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.contract import BenchmarkSample
from detector.layouts.trees import begin, chosen, folders, key_of, pictures, required
from schemas.vocabulary import Domain, Label

_SIDES = {"ai": Label.FAKE, "nature": Label.REAL}
_SPLITS = ("val", "train")
_PREFIX = re.compile(r"^imagenet_(ai_)?(\d{4}_)?")
_NAMES = {
    "stable_diffusion_v_1_4": "stable_diffusion_v1_4",
    "stable_diffusion_v_1_5": "stable_diffusion_v1_5",
    "sdv4": "stable_diffusion_v1_4",
    "sdv5": "stable_diffusion_v1_5",
}


@dataclass(frozen=True, slots=True)
class GenImage:
    """Splits: `val`, on which results are reported, and `train`."""

    name: str = "genimage"
    reference: str = "GenImage (Zhu et al., NeurIPS 2023), arXiv 2306.08571"
    distribution: str = (
        "unpack the archives of github.com/GenImage-Dataset/GenImage; the folder then holds "
        "<generator>/val/ai and <generator>/val/nature"
    )

    def find(self, folder: Path) -> Path | None:
        """The folder that the generators' folders are in, or that of one generator."""
        return begin(folder, lambda root: bool(_generators(root)), depth=0)

    def splits(self, folder: Path) -> tuple[str, ...]:
        """Of `val` and `train`, those that are there."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        return tuple(s for s in _SPLITS if any((g / s).is_dir() for g in _generators(root)))

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """Generator by generator, fakes first."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        split = chosen(split, self.splits(folder), self.name)
        for generator in _generators(root):
            for side, label in _SIDES.items():
                for path in pictures(generator / split / side, deep=True):
                    yield BenchmarkSample(
                        key=key_of(path, root),
                        image=path,
                        label=label,
                        domain=Domain.AIGC,
                        generator=_name(generator, path) if label == Label.FAKE else "",
                        operation="text_to_image" if label == Label.FAKE else "",
                    )


def _generators(root: Path) -> list[Path]:
    """The folders that have `val/ai` or its like: the root itself, or one or two levels below."""
    if _is_generator(root):
        return [root]
    found: list[Path] = []
    for below in folders(root):
        inner = [below] if _is_generator(below) else folders(below)
        found += [folder for folder in inner if _is_generator(folder)]
    return found


def _is_generator(folder: Path) -> bool:
    return any((folder / split / side).is_dir() for split in _SPLITS for side in _SIDES)


def _name(folder: Path, path: Path) -> str:
    """The generator, in one spelling for the several that its folder has."""
    name = re.sub(r"[^a-z0-9]+", "_", folder.name.lower()).strip("_")
    name = _PREFIX.sub("", name + "_").strip("_")
    if name in ("", "imagenet_ai", "ai"):
        name = next((part for part in path.stem.lower().split("_")[1:] if part.isalpha()), "")
    return _NAMES.get(name, name)
