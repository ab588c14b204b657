"""Reads the forms that clients send to the local server, and answers with pictures."""

from __future__ import annotations

import base64
import io
import json
import re

import numpy as np
import numpy.typing as npt
from PIL import Image

from endpoints.local_behaviour import Behaviour
from endpoints.local_pictures import asked_size, draw, encode, redraw
from schemas.identity import digest

Form = dict[str, str | bytes]
"""The fields of a request: text, or the bytes of an uploaded file."""
_NAME = re.compile(rb'name="([^"]*)"')


class BadRequest(Exception):
    """What the client sent cannot be served: status 400."""


def read_form(body: bytes, content_type: str) -> Form:
    """The fields of a JSON or multipart body. Raises `BadRequest`."""
    if content_type.startswith("application/json"):
        try:
            fields = json.loads(body)
        except ValueError as error:
            raise BadRequest("the body is no JSON") from error
        if not isinstance(fields, dict):
            raise BadRequest("the body is no JSON object")
        return {
            name: value if isinstance(value, str) else json.dumps(value, sort_keys=True)
            for name, value in fields.items()
        }
    boundary = content_type.partition("boundary=")[2].strip('"')
    if not content_type.startswith("multipart/form-data") or not boundary:
        raise BadRequest(f"the content type {content_type!r} is not known here")
    form: Form = {}
    for part in body.split(b"--" + boundary.encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is None:
            raise BadRequest("a part of the form has no name")
        content = content.removesuffix(b"\r\n")
        is_file = b"filename=" in head
        form[name[1].decode().removesuffix("[]")] = content if is_file else content.decode()
    return form


def identity_of(path: str, form: Form, key: str) -> str:
    """What tells this request from others: the client's own key for it, else all that it asks."""
    asked = key or digest([[name, digest(form[name])] for name in sorted(form)])
    return digest("local", path, asked)


def image_answer(form: Form, identity: str, behaviour: Behaviour) -> bytes:
    """The body for a generation or, where the form holds an `image`, for an edit."""
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if not fields.get("prompt"):
        raise BadRequest("prompt: must not be empty")
    source = _picture(form, "image")
    size = asked_size(fields, source)
    form_name = fields.get("output_format", "png")
    images = []
    for number in range(int(fields.get("n", "1"))):
        one = f"{identity}/{number}" if number else identity
        if source is None:
            image = draw(one, size, behaviour)
        else:
            image = redraw(one, source, _mask(form, source), size, behaviour)
        data = encode(image, form_name, behaviour.marks)
        images.append({"b64_json": base64.b64encode(data).decode()})
    text = len(fields["prompt"]) // 4 + 1
    seen = 0 if source is None else source.width * source.height // 256
    drawn = len(images) * size[0] * size[1] // 1024
    usage = {
        "input_tokens": text + seen,
        "input_tokens_details": {"text_tokens": text, "image_tokens": seen},
        "output_tokens": drawn,
        "total_tokens": text + seen + drawn,
    }
    answer = {"created": 0, "data": images, "output_format": form_name, "usage": usage}
    return json.dumps(answer | {"size": f"{size[0]}x{size[1]}"}).encode()


def _picture(form: Form, name: str) -> Image.Image | None:
    data = form.get(name)
    if not isinstance(data, bytes):
        return None
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except OSError as error:
        raise BadRequest(f"{name}: no picture") from error
    return image


def _mask(form: Form, source: Image.Image) -> npt.NDArray[np.bool_] | None:
    mask = _picture(form, "mask")
    if mask is None:
        return None
    if mask.size != source.size or mask.mode != "RGBA":
        raise BadRequest("mask: must have the size of the image, and an alpha channel")
    clear: npt.NDArray[np.bool_] = np.asarray(mask.getchannel("A")) == 0
    return clear
