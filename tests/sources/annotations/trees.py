"""Small folders of pictures for the tests of annotations."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from schemas.picture import Picture, RejectedSource
from schemas.recipe.sources import FolderSource
from sources.reader import SourceReader, open_reader

HEIGHT, WIDTH = 80, 120


def png(seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> bytes:
    """Noise as a PNG file."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return encoded(noise)


def encoded(values: npt.NDArray[np.generic], **options: Any) -> bytes:
    """An array as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, format="PNG", **options)
    return buffer.getvalue()


def write(folder: Path, files: dict[str, bytes | str | object]) -> Path:
    """The folder with these files: bytes, text, or what is written as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, bytes):
            content = (content if isinstance(content, str) else json.dumps(content)).encode()
        path.write_bytes(content)
    return folder


def reader(folder: object, **more: object) -> SourceReader:
    """The reader of a folder whose pictures stay whole."""
    entry = {"kind": "folder", "path": str(folder), "crops": None, **more}
    return open_reader(FolderSource.model_validate(entry), 1)


def read(folder: object, **more: object) -> dict[str, Picture | RejectedSource]:
    """The one outcome of each origin, by its path within the folder."""
    source = reader(folder, **more)
    outcomes = {}
    for origin in source.origins():
        (outcome,) = source.read(origin)
        outcomes[origin.removeprefix(f"{Path(str(folder)).name}/")] = outcome
    return outcomes


def picture(outcome: Picture | RejectedSource) -> Picture:
    """The outcome, which must be a picture."""
    assert isinstance(outcome, Picture), outcome
    return outcome


def rejected(outcome: Picture | RejectedSource, reason: str = "bad_annotations") -> str:
    """What is told of an outcome that must be a rejection."""
    assert isinstance(outcome, RejectedSource)
    assert outcome.reason == reason
    return outcome.detail


def block(top: int, bottom: int, left: int, right: int) -> npt.NDArray[np.bool_]:
    """The mask of a box in a picture of the usual size."""
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def objects(outcome: Picture) -> list[tuple[str | None, int]]:
    """The objects of a picture: what each is called, and how many pixels it has."""
    return [
        (each.label, int(mask.sum()))
        for each, mask in zip(outcome.source.instances, outcome.instances, strict=True)
    ]
