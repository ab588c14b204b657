"""Takes a picture, and all that is worth keeping about it, out of an images answer."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from endpoints.errors import EndpointError
from endpoints.verdicts import moderated
from generators.contract import CannotForge
from generators.provenance_marks import plain_marks
from schemas.picture import Pixels
from storage.codecs import describe


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that came back. `facts`: JSON-able; `notes`: what was done to it, in sentences."""

    pixels: Pixels
    facts: dict[str, Any]
    notes: tuple[str, ...]


def read_answer(data: Any) -> Drawn:
    """The picture in an answer's JSON: RGB uint8 (height, width, 3), of the size that it came in.

    Raises `CannotForge` where there is none (`refused_by_moderation`, `broken_answer`), and
    `EndpointError` where the endpoint sends addresses of pictures, which every job would meet.
    """
    if (said := moderated(data)) is not None:
        raise CannotForge("refused_by_moderation", said)
    parts = data.get("data") if isinstance(data, Mapping) else None
    first = parts[0] if isinstance(parts, list) and parts else None
    if not isinstance(first, Mapping):
        raise CannotForge("broken_answer", "the answer was paid for, and holds no picture")
    text = first.get("b64_json")
    if not isinstance(text, str) or not text:
        if first.get("url"):
            raise EndpointError(
                "the endpoint sends addresses of pictures instead of pictures. Set the option "
                "response_format to b64_json; this answer was paid for."
            )
        raise CannotForge("broken_answer", "the answer was paid for, and its picture is empty")
    try:
        encoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CannotForge("broken_answer", "the picture is not base64") from error
    return _decoded(encoded, _facts(data, first))


def _facts(data: Mapping[str, Any], first: Mapping[str, Any]) -> dict[str, Any]:
    """What the endpoint says of its answer."""
    names = ("model", "size", "quality", "background", "usage")
    facts = {f"answer_{name}": data[name] for name in names if data.get(name) is not None}
    if isinstance(first.get("revised_prompt"), str):
        facts["revised_prompt"] = first["revised_prompt"]
    return facts


def _decoded(encoded: bytes, facts: dict[str, Any]) -> Drawn:
    notes = []
    try:
        with Image.open(io.BytesIO(encoded)) as opened:
            codec = describe(opened)
            image = ImageOps.exif_transpose(opened)
            if image.has_transparency_data:
                notes.append("What was transparent was laid on white.")
                white = Image.new("RGBA", image.size, "white")
                image = Image.alpha_composite(white, image.convert("RGBA"))
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise CannotForge("broken_answer", f"the picture cannot be decoded: {error}") from error
    marks = plain_marks(encoded)
    if marks:
        kinds = ", ".join(sorted({mark["kind"] for mark in marks}))
        notes.append(f"The answer's metadata ({kinds}) is recorded, and stripped from this copy.")
    if not codec.lossless:
        notes.append(f"The endpoint sent it as {codec.format}, which loses detail.")
    height, width = pixels.shape[:2]
    received = {"received_size": f"{width}x{height}", "received_codec": asdict(codec)}
    return Drawn(pixels, facts | received | {"provenance_found": marks}, tuple(notes))
