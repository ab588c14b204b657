"""CASIA v1 and v2: spliced and copy-moved photographs, with the masks that others drew later.

Layout (github.com/namtpham/casia1groundtruth and casia2groundtruth, and the loaders that read
them): authentic pictures in `Au/`; forged ones in `Tp/` (also `Modified Tp/`), v1 with `Sp/` and
`CM/` in it; masks `<stem>_gt.png` in a folder called `CASIA 1.0 groundtruth`,
`CASIA 2 Groundtruth`, `groundtruth` or `Gt`, beside or above `Au`.

    Tp_D_CRN_S_N_cha00063_art00014_11818.jpg    v2: D(ifferent) pictures, so spliced
    Sp_S_CND_A_pla0016_pla0016_0196.jpg         v1: S(ame) picture, so copy-moved

The one but last word of a forged name is the picture that was changed, which `Au_art_00014` has as
well: it is the group. Masks are read as light on dark at half: their edges are partly smoothed.

Not verified: that every mask is of its picture's size (about 17 of v2 are known not to be: they
fail when read, github.com/YanLi8858/Image-Manipulation-Dataset has corrected ones). The operation
is as good as the names, some of which the original distribution has wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.contract import BenchmarkSample, StoredMask
from detector.layouts.masks import light
from detector.layouts.trees import begin, chosen, folders, key_of, pictures, required
from schemas.vocabulary import Domain, Label

_ALL = "all"
_OPERATIONS = {"D": "splice", "S": "copy_move"}


@dataclass(frozen=True, slots=True)
class Casia:
    """One version; one split, `all`. Forged names begin with `prefix`."""

    name: str
    prefix: str
    reference: str = "CASIA (Dong, Wang and Tan, ChinaSIP 2013), doi 10.1109/ChinaSIP.2013.6625374"
    distribution: str = (
        "a folder with Au/, Tp/ and the masks in 'CASIA 2 Groundtruth', 'CASIA 1.0 groundtruth', "
        "groundtruth/ or Gt/"
    )

    def find(self, folder: Path) -> Path | None:
        """Where `Au` and the forged pictures of this version lie."""
        return begin(folder, self._fits)

    def splits(self, folder: Path) -> tuple[str, ...]:
        """`all`."""
        required(self.find(folder), self.name, folder, self.distribution)
        return (_ALL,)

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """Authentic pictures, then forged ones; a forged one may lack its mask."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        chosen(split, (_ALL,), self.name)
        for path in pictures(root / "Au", deep=True):
            yield BenchmarkSample(
                key=key_of(path, root),
                image=path,
                label=Label.REAL,
                domain=Domain.NATURAL,
                group="".join(path.stem.split("_")[1:]),
            )
        masks = _masks(root, folder)
        for path in _forged(root):
            yield _sample(path, root, masks.get(path.stem.lower()))

    def _fits(self, folder: Path) -> bool:
        if not (folder / "Au").is_dir():
            return False
        return any(path.name.startswith(self.prefix) for path in _forged(folder))


CASIA_V1 = Casia("casia_v1", "Sp_")
CASIA_V2 = Casia("casia_v2", "Tp_")


def _sample(path: Path, root: Path, mask: Path | None) -> BenchmarkSample:
    words = path.stem.split("_")
    problem = ""
    if mask is None:
        problem = (
            f"it is forged, but there is no {path.stem}_gt.png among the masks; fetch the ground "
            "truth, give the folder that holds both, or correct the names with the table beside it"
        )
    return BenchmarkSample(
        key=key_of(path, root),
        image=path,
        label=Label.FAKE,
        domain=Domain.NATURAL,
        mask=StoredMask(mask or b"", light, problem),
        operation=_OPERATIONS.get(words[1], "") if len(words) > 1 else "",
        group=words[-2] if len(words) > 2 else "",
    )


def _forged(root: Path) -> list[Path]:
    return [
        path
        for folder in folders(root)
        if folder.name.lower().replace(" ", "") in ("tp", "modifiedtp")
        for path in pictures(folder, deep=True)
    ]


def _masks(root: Path, top: Path) -> dict[str, Path]:
    """Masks by the forged picture's stem, in lower case."""
    places = [root] if root == top else [root, root.parent]
    return {
        path.stem.lower().removesuffix("_gt"): path
        for place in reversed(places)
        for folder in folders(place)
        if "groundtruth" in folder.name.lower().replace(" ", "") or folder.name.lower() == "gt"
        for path in pictures(folder, deep=True)
    }
