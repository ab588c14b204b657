"""The pictures that the pocket checkpoint learns from, each with a licence that allows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from schemas.errors import StorageError
from schemas.picture import Picture
from schemas.recipe.sources import RenderedSource
from sources.packaged import PICTURES, packaged_bytes
from sources.rendered.documents import RenderedDocuments

LONGEST_SIDE = 1280


class Use(StrEnum):
    """What a picture may be used for."""

    TRAIN = "train"
    MEASURE = "measure"


@dataclass(frozen=True, slots=True)
class Photograph:
    """One picture: `pixels` are uint8 RGB, height x width x 3."""

    name: str
    licence: str
    use: Use
    document: bool
    pixels: NDArray[np.uint8]


# Licences as packages and manifests write them, and the name that the model card gives them.
# A licence that is not here keeps its picture out. Share-alike licences are left out on purpose.
ALLOWED: dict[str, tuple[str, Use]] = {
    "CC0-1.0": ("CC0-1.0", Use.TRAIN),
    "CC0 / public domain (readme.txt)": ("CC0-1.0", Use.TRAIN),
    "public-domain": ("public domain", Use.TRAIN),
    "CC-BY-2.0": ("CC-BY-2.0", Use.TRAIN),
    "CC-BY-2.0 Open Images (COPYRIGHT file)": ("CC-BY-2.0", Use.TRAIN),
    "CC-BY-3.0": ("CC-BY-3.0", Use.TRAIN),
    "CC-BY-4.0": ("CC-BY-4.0", Use.TRAIN),
    "MIT": ("MIT", Use.TRAIN),
    "MIT-0": ("MIT-0", Use.TRAIN),
    "Apache-2.0": ("Apache-2.0", Use.TRAIN),
    "BSD-2-Clause": ("BSD-2-Clause", Use.TRAIN),
    "BSD-2-Clause repo": ("BSD-2-Clause", Use.TRAIN),
    "BSD-3-Clause": ("BSD-3-Clause", Use.TRAIN),
    '"free to use these media files however you wish" (README)': ("free use stated", Use.TRAIN),
    # The Kodak suite is what everybody measures autoencoders on, so it is kept for that.
    "Kodak PCD0992; unrestricted use per third-party READMEs "
    "(second-hand; repo has no licence file)": ("unrestricted use stated", Use.MEASURE),
}
# Packaged pictures in colour that show no person; two of them are never trained on, so that
# whoever installs scikit-image can measure the checkpoint on photographs that it has not seen.
_PACKAGED_TRAINED = ("brick", "china", "flower", "grass", "gravel", "hubble_deep_field", "rocket")
PACKAGED_HELD_OUT = ("chelsea", "coffee")


def packaged_photographs() -> Iterator[Photograph]:
    """The photographs inside scikit-image and scikit-learn."""
    for picture in PICTURES:
        if picture.name in _PACKAGED_TRAINED + PACKAGED_HELD_OUT and picture.licence in ALLOWED:
            licence, use = ALLOWED[picture.licence]
            if picture.name in PACKAGED_HELD_OUT:
                use = Use.MEASURE
            yield Photograph(picture.origin, licence, use, False, decode(packaged_bytes(picture)))


def folder_photographs(folder: Path) -> Iterator[Photograph]:
    """The photographs that `manifest.jsonl` in `folder` lists.

    A line is an object with `file` (path within the folder), `kind` and `role` ("photo" and
    "authentic": all others are passed over), `status` ("OK"), `licence`, and `repo` where the
    file comes from a repository. Files of scikit-image are passed over, as they are packaged.

    Raises `StorageError` where there is no manifest.
    """
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        raise StorageError(
            f"{folder} has no manifest.jsonl. Write one line a file: "
            '{"file": …, "kind": "photo", "role": "authentic", "status": "OK", "licence": …}.'
        )
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in manifest.read_text("utf-8").splitlines() if line.strip()
    ]
    for row in sorted(rows, key=lambda row: str(row["file"])):
        wanted = (row.get("kind"), row.get("role"), row.get("status")) == (
            "photo",
            "authentic",
            "OK",
        )
        if wanted and row["licence"] in ALLOWED and row.get("repo") != "scikit-image/scikit-image":
            licence, use = ALLOWED[row["licence"]]
            data = (folder / row["file"]).read_bytes()
            yield Photograph(row["file"], licence, use, False, decode(data))


def rendered_documents(count: int, seed: int, use: Use) -> Iterator[Photograph]:
    """`count` documents with invented data. Another seed gives other issuers and layouts."""
    documents = RenderedDocuments(RenderedSource(kind="rendered", count=count), seed)
    for origin in documents.origins():
        for picture in documents.read(origin):
            if isinstance(picture, Picture):
                yield Photograph(origin, picture.source.licence, use, True, picture.pixels)


def gather(folder: Path | None, documents: int, seed: int) -> Sequence[Photograph]:
    """All pictures, in an order that depends on nothing but their names."""
    found = [
        *packaged_photographs(),
        *rendered_documents(documents, seed, Use.TRAIN),
        *rendered_documents(documents // 10, seed + 1, Use.MEASURE),
    ]
    if folder is not None:
        found += folder_photographs(folder)
    return tuple(found)


def decode(data: bytes) -> NDArray[np.uint8]:
    """uint8 RGB pixels of a picture file, shrunk to `LONGEST_SIDE` where it is larger."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise StorageError("This is no picture file that OpenCV can read.")
    scale = LONGEST_SIDE / max(pixels.shape)
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(pixels, np.uint8)
