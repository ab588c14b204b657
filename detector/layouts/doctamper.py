"""DocTamper: pages of documents with a text that was copied, spliced or drawn; every one is forged.

Layout (github.com/qcf-568/DocTamper): LMDB folders `DocTamperV1-TestingSet`, `-FCD`, `-SCD` and
`-TrainingSet`, each with a `data.mdb` whose keys are `num-samples`, `image-000000000` (JPEG) and
`label-000000000` (a mask, forged where it is not 0). The kinds of forgery are in
`tampering_types/<set>.pk`, a pickle of number to CM, SP or GE; it is read without running anything
that such a file may hold. Random compression at test time, which the authors' loader adds, is left
to the evaluation.

There are no real pictures. Not verified: whether the LMDB may be a single file without a folder,
which is not read.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from detector.layouts.contract import BenchmarkSample, StoredMask
from detector.layouts.masks import any_value
from detector.layouts.trees import begin, chosen, required
from schemas.errors import MissingExtraError, StorageError
from schemas.vocabulary import Domain, Label
from storage.files import explained

_PREFIX = "DocTamperV1-"
_SPLITS = ("TestingSet", "FCD", "SCD", "TrainingSet")
_MISSING = "its {} is missing from the LMDB; fetch it again"
_OPERATIONS = {"CM": "field_copy_move", "SP": "splice", "GE": "text_replace"}


@dataclass(frozen=True, slots=True)
class DocTamper:
    """Splits: `TestingSet`, `FCD` and `SCD` (other domains), `TrainingSet`."""

    name: str = "doctamper"
    reference: str = "DocTamper (Qu et al., CVPR 2023), doi 10.1109/CVPR52729.2023.00575"
    distribution: str = (
        "the LMDB folders DocTamperV1-TestingSet, -FCD, -SCD or -TrainingSet, each with data.mdb"
    )

    def find(self, folder: Path) -> Path | None:
        """Where the LMDB folders lie."""
        return begin(folder, lambda root: bool(_there(root)))

    def splits(self, folder: Path) -> tuple[str, ...]:
        """Those that are there."""
        return _there(required(self.find(folder), self.name, folder, self.distribution))

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """By number, one at a time in memory. `MissingExtraError` without the package lmdb."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        split = chosen(split, _there(root), self.name)
        place = root / f"{_PREFIX}{split}"
        kinds = _kinds(root / "tampering_types" / f"{place.name}.pk")
        environment = _opened(place)
        try:
            with environment.begin(write=False) as read:
                count = read.get(b"num-samples")
                if count is None:
                    raise StorageError(f"{place} does not say its number of pages; fetch it again")
                for number in range(int(count)):
                    yield _sample(
                        number,
                        split,
                        read.get(b"image-%09d" % number),
                        read.get(b"label-%09d" % number),
                        kinds.get(number, ""),
                    )
        finally:
            environment.close()


def _sample(
    number: int, split: str, image: bytes | None, mask: bytes | None, kind: str
) -> BenchmarkSample:
    return BenchmarkSample(
        key=f"{split}/{number:09d}",
        image=bytes(image or b""),
        label=Label.FAKE,
        domain=Domain.DOCUMENT,
        mask=StoredMask(bytes(mask or b""), any_value, "" if mask else _MISSING.format("mask")),
        operation=_OPERATIONS.get(kind, ""),
        problem="" if image else _MISSING.format("picture"),
    )


def _there(root: Path) -> tuple[str, ...]:
    return tuple(s for s in _SPLITS if (root / f"{_PREFIX}{s}" / "data.mdb").is_file())


def _opened(place: Path) -> Any:
    try:
        lmdb = import_module("lmdb")
    except ImportError as error:
        raise MissingExtraError("detector", "lmdb", "Reading DocTamper") from error
    try:
        return lmdb.open(str(place), readonly=True, lock=False, readahead=False, meminit=False)
    except lmdb.Error as error:
        raise StorageError(f"{place} is no LMDB, or a broken one: {error}") from error


class _Plain(pickle.Unpickler):
    """Reads numbers, texts and dictionaries, and nothing that would have to be imported."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it wants to load {module}.{name}")


def _kinds(path: Path) -> Mapping[int, str]:
    if not path.is_file():
        return {}
    with explained(f"reading {path}"):
        data = path.read_bytes()
    try:
        told = _Plain(io.BytesIO(data)).load()
        return {int(number): str(kind) for number, kind in told.items()}
    except (pickle.UnpicklingError, AttributeError, EOFError, ValueError, IndexError) as error:
        raise StorageError(
            f"{path} holds no plain table of forgeries: {error}; fetch it again or move it away"
        ) from error
