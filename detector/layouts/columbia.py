"""Columbia Uncompressed Image Splicing: photographs spliced of two cameras' pictures.

Layout (the dataset's page, and the test lists of github.com/grip-unina/TruFor): `4cam_auth/*.tif`,
`4cam_splc/*.tif` and `4cam_splc/edgemask/<stem>_edgemask.jpg`; archives may unpack into a second
folder of the same name.

The edge masks colour regions by camera: red (255 near the boundary, 200 elsewhere) for the first,
green (255 and 200) for the second. Green is the region that was pasted in, as the literature reads
it; being JPEG, the colours are told by which of them is stronger.

Not verified: that it is the green region in every picture. The dataset does not say which of the
two is foreign, and a score that ignores which (the better of mask and inverse) is the safer one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.layouts.contract import BenchmarkSample, mask_at
from detector.layouts.masks import green
from detector.layouts.trees import begin, chosen, key_of, pictures, required
from schemas.vocabulary import Domain, Label

_ALL, _AUTH, _SPLC = "all", "4cam_auth", "4cam_splc"


@dataclass(frozen=True, slots=True)
class Columbia:
    """One split, `all`."""

    name: str = "columbia"
    reference: str = "Hsu and Chang, ICME 2006, doi 10.1109/ICME.2006.262447"
    distribution: str = f"a folder with {_AUTH}/, {_SPLC}/ and {_SPLC}/edgemask/"

    def find(self, folder: Path) -> Path | None:
        """Where both folders lie."""
        return begin(folder, lambda root: (root / _AUTH).is_dir() and (root / _SPLC).is_dir())

    def splits(self, folder: Path) -> tuple[str, ...]:
        """`all`."""
        required(self.find(folder), self.name, folder, self.distribution)
        return (_ALL,)

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """Authentic pictures, then spliced ones."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        chosen(split, (_ALL,), self.name)
        for path in pictures(_inner(root, _AUTH)):
            yield BenchmarkSample(key_of(path, root), path, Label.REAL, Domain.NATURAL)
        for path in pictures(_inner(root, _SPLC)):
            mask = path.parent / "edgemask" / f"{path.stem}_edgemask.jpg"
            yield BenchmarkSample(
                key=key_of(path, root),
                image=path,
                label=Label.FAKE,
                domain=Domain.NATURAL,
                mask=mask_at(mask, green, "fetch the edge masks"),
                operation="splice",
            )


def _inner(root: Path, name: str) -> Path:
    return root / name / name if (root / name / name).is_dir() else root / name
