"""CocoGlide: objects of COCO photographs that GLIDE drew anew.

Layout (the test lists of github.com/grip-unina/TruFor, whose authors distribute it):

    fake/glide_inpainting_val2017_<coco id>_up.png
    mask/<category>_<coco id>_mask.png
    real/<category>_<coco id>.png

The category, which was the prompt, is the caption of a forgery.

Not verified: that no COCO picture occurs with two categories; where one does, its mask counts as
missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.contract import BenchmarkSample, StoredMask
from detector.layouts.masks import light
from detector.layouts.trees import begin, chosen, key_of, pictures, required
from schemas.vocabulary import Domain, Label

_ALL = "all"
_FAKE = re.compile(r"glide_inpainting_val2017_(\d+)(?:_up)?$")
_MASK = re.compile(r"(.+)_(\d+)_mask$")
_REAL = re.compile(r"(.+)_(\d+)$")


@dataclass(frozen=True, slots=True)
class CocoGlide:
    """One split, `all`."""

    name: str = "cocoglide"
    reference: str = "TruFor (Guillaro et al., CVPR 2023), arXiv 2212.10957"
    distribution: str = "a folder with real/, fake/glide_inpainting_val2017_*.png and mask/"

    def find(self, folder: Path) -> Path | None:
        """Where the three folders lie."""
        return begin(
            folder,
            lambda root: (
                (root / "mask").is_dir()
                and any(_FAKE.match(path.stem) for path in pictures(root / "fake"))
            ),
        )

    def splits(self, folder: Path) -> tuple[str, ...]:
        """`all`."""
        required(self.find(folder), self.name, folder, self.distribution)
        return (_ALL,)

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """Real pictures, then forged ones."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        chosen(split, (_ALL,), self.name)
        for path in pictures(root / "real"):
            real = _REAL.match(path.stem)
            yield BenchmarkSample(
                key_of(path, root),
                path,
                Label.REAL,
                Domain.NATURAL,
                group=real.group(2) if real else "",
            )
        masks: dict[str, list[Path]] = {}
        for path in pictures(root / "mask"):
            if found := _MASK.match(path.stem):
                masks.setdefault(found.group(2), []).append(path)
        for path in pictures(root / "fake"):
            yield _sample(path, root, masks)


def _sample(path: Path, root: Path, masks: dict[str, list[Path]]) -> BenchmarkSample:
    named = _FAKE.match(path.stem)
    coco = named.group(1) if named else ""
    own = masks.get(coco, [])
    mask = _MASK.match(own[0].stem) if len(own) == 1 else None
    problem = ""
    if mask is None:
        problem = (
            f"there are {len(own)} masks mask/<category>_{coco or '<coco id>'}_mask.png for it "
            "where one is needed; fetch the folder mask/ again"
        )
    return BenchmarkSample(
        key=key_of(path, root),
        image=path,
        label=Label.FAKE,
        domain=Domain.NATURAL,
        mask=StoredMask(own[0] if own else b"", light, problem),
        generator="glide",
        operation="inpaint_object",
        group=coco,
        caption=mask.group(1) if mask else "",
    )
