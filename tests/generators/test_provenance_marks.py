"""What files say of their making is found in every container, and damage harms nobody."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from endpoints.local_pictures import encode
from generators.provenance_marks import Mark, find_marks, plain_marks

PICTURE = Image.fromarray(np.full((8, 8, 3), 90, np.uint8))
XMP = (
    b'<x:xmpmeta><rdf:Description xmp:CreatorTool="Painter 3" Iptc4xmpExt:DigitalSourceType='
    b'"http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"/>'
)
MADE_BY = Mark("exif", "Software", "Painter 3")


def saved(form: str, **extra: object) -> bytes:
    buffer = io.BytesIO()
    PICTURE.save(buffer, format=form, **extra)
    return buffer.getvalue()


def exif() -> bytes:
    block = Image.Exif()
    block[ExifTags.Base.Software] = "Painter 3"
    return block.tobytes()


def boxes() -> bytes:
    """The manifest store that the local server writes."""
    data = encode(PICTURE, "png", marks=True)
    place = data.index(b"caBX")
    return data[place + 4 : place + 4 + int.from_bytes(data[place - 4 : place], "big")]


def claims() -> set[Mark]:
    return {
        Mark("c2pa", "manifest", f"c2pa, {len(boxes())} bytes"),
        Mark("c2pa", "claim_generator", "Counterfoil local server"),
        Mark("c2pa", "digitalSourceType", "trainedAlgorithmicMedia"),
    }


def in_jpeg(segments: list[tuple[int, bytes]]) -> bytes:
    data = saved("JPEG")
    added = b"".join(
        b"\xff" + bytes([marker]) + (len(content) + 2).to_bytes(2, "big") + content
        for marker, content in segments
    )
    return data[:2] + added + data[2:]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_nothing_is_found_where_nothing_is_said(form: str) -> None:
    assert find_marks(saved(form)) == ()


def test_content_credentials_in_png() -> None:
    found = find_marks(encode(PICTURE, "png", marks=True))
    assert set(found) == claims() | {Mark("text", "Software", "Counterfoil local server")}


def test_content_credentials_in_jpeg_over_several_segments() -> None:
    whole = boxes()
    head = b"JP" + b"\x00\x01"
    segments = [
        (0xEB, head + (1).to_bytes(4, "big") + whole[:60]),
        # Every further segment repeats the length and type of the box.
        (0xEB, head + (2).to_bytes(4, "big") + whole[:8] + whole[60:]),
    ]
    assert set(find_marks(in_jpeg(segments))) == claims()


def test_content_credentials_in_webp_and_in_base_media_files() -> None:
    webp = saved("WEBP")
    chunk = b"C2PA" + len(boxes()).to_bytes(4, "little") + boxes() + b"\0" * (len(boxes()) % 2)
    assert set(find_marks(webp + chunk)) == claims()
    uuid = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + boxes()
    media = b"\0\0\0\x0cftypavif" + (8 + len(uuid)).to_bytes(4, "big") + b"uuid" + uuid
    assert {mark.name for mark in find_marks(media)} == {mark.name for mark in claims()}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_exif(form: str) -> None:
    assert MADE_BY in find_marks(saved(form, exif=exif()))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_xmp(form: str) -> None:
    if form == "PNG":
        information = PngInfo()
        information.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
        data = saved(form, pnginfo=information)
    else:
        data = saved(form, xmp=XMP)
    assert set(find_marks(data)) == {
        Mark("xmp", "CreatorTool", "Painter 3"),
        Mark("xmp", "digitalSourceType", "compositeWithTrainedAlgorithmicMedia"),
    }


def test_the_settings_that_user_interfaces_leave_behind() -> None:
    information = PngInfo()
    information.add_text("parameters", "a jug\nSteps: 20, Sampler: Euler a", zip=True)
    (mark,) = find_marks(saved("PNG", pnginfo=information))
    assert mark == Mark("text", "parameters", "a jug Steps: 20, Sampler: Euler a")
    assert plain_marks(saved("JPEG", comment=b"made by hand")) == [
        {"kind": "text", "name": "comment", "value": "made by hand"}
    ]


@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + "a jug, Steps: 20".encode("utf-16-be"),
        b"UNICODE\0" + "a jug, Steps: 20".encode("utf-16-le"),
        b"ASCII\0\0\0a jug, Steps: 20",
        b"a jug, Steps: 20",
    ],
)
def test_settings_in_the_comment_of_exif(comment: bytes) -> None:
    block = Image.Exif()
    block.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = comment
    found = find_marks(saved("JPEG", exif=block.tobytes()))
    assert found == (Mark("exif", "UserComment", "a jug, Steps: 20"),)


def test_a_bomb_stays_small() -> None:
    content = b"parameters\0\0" + zlib.compress(b"a" * 50_000_000)
    chunk = len(content).to_bytes(4, "big") + b"zTXt" + content + b"\0\0\0\0"
    (mark,) = find_marks(b"\x89PNG\r\n\x1a\n" + chunk)
    assert mark.value == "a" * 200


@given(st.data())
def test_damage_never_raises(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from([encode(PICTURE, "png", True), saved("JPEG", exif=exif())]))
    at = data.draw(st.integers(8, len(file) - 1))
    find_marks(file[:at] + data.draw(st.binary(max_size=12)) + file[at + 3 :])
