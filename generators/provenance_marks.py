"""Finds what an encoded picture says of its own making: content credentials, XMP, EXIF, text.

Only what is written in the file is found. Marks that live in the pixels (SynthID and other
invisible watermarks) need their makers' detectors; they stay in the training copy, whose metadata
goes. Nothing is verified: a mark is what the file claims.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from PIL import ExifTags, Image

_LONGEST = 200
_PNG = b"\x89PNG\r\n\x1a\n"
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_SOURCE_TYPE = re.compile(rb"digitalsourcetype/(\w+)", re.IGNORECASE)
_CREATOR = re.compile(rb"CreatorTool(?:>|=[\"'])([^<\"']{1,200})")
_CLAIM = b"claim_generator"
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF_HEAD = b"Exif\0\0"
_EXIF_TAGS = {
    ExifTags.Base.Software: "Software",
    ExifTags.Base.ImageDescription: "ImageDescription",
    ExifTags.Base.Artist: "Artist",
    ExifTags.Base.UserComment: "UserComment",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One claim. `kind`: "c2pa", "xmp", "exif" or "text". `name`: which field; `value`: shortened.

    For "c2pa" `name` is "claim_generator", "digitalSourceType" or "manifest" (one is there).
    """

    kind: str
    name: str
    value: str


def find_marks(data: bytes) -> tuple[Mark, ...]:
    """The marks in an encoded PNG, JPEG, WebP, AVIF or HEIC, in the order of the file.

    A damaged or unknown file gives what was found until then; it never raises.
    """
    marks: list[Mark] = []
    try:
        for mark in _marks(data):
            if mark not in marks:
                marks.append(mark)
    except (ValueError, IndexError, KeyError, TypeError, SyntaxError, OSError, zlib.error, Warning):
        # Pillow warns of damaged EXIF, which some programs turn into an error.
        pass
    return tuple(marks)


def plain_marks(data: bytes) -> list[dict[str, str]]:
    """`find_marks` as JSON-able values."""
    return [asdict(mark) for mark in find_marks(data)]


def _marks(data: bytes) -> Iterator[Mark]:
    if data.startswith(_PNG):
        for kind, content in _png_chunks(data):
            yield from _png_marks(kind, content)
    elif data.startswith(b"\xff\xd8"):
        yield from _jpeg_marks(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        for kind, content in _riff_chunks(data):
            readers = {b"C2PA": _c2pa, b"XMP ": _xmp, b"EXIF": _exif}
            if kind in readers:
                yield from readers[kind](content)
    elif data[4:8] == b"ftyp":
        for kind, content in _boxes(data):
            if kind == b"uuid" and content.startswith(_C2PA_UUID):
                yield from _c2pa(content)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG)
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += 12 + length


def _png_marks(kind: bytes, content: bytes) -> Iterator[Mark]:
    if kind == b"caBX":
        yield from _c2pa(content)
    elif kind == b"eXIf":
        yield from _exif(content)
    elif kind in (b"tEXt", b"zTXt", b"iTXt"):
        name, _, rest = content.partition(b"\0")
        if kind == b"zTXt":
            rest = _inflated(rest[1:])
        elif kind == b"iTXt":
            packed, rest = rest[0] == 1, rest[2:].split(b"\0", 2)[2]
            rest = _inflated(rest) if packed else rest
        if name == b"XML:com.adobe.xmp":
            yield from _xmp(rest)
        else:
            yield Mark("text", _short(name), _short(rest))


def _jpeg_marks(data: bytes) -> Iterator[Mark]:
    claims = b""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        marker = data[place + 1]
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        content = data[place + 4 : place + 2 + length]
        place += 2 + max(2, length)
        if marker == 0xEB and content[:2] == b"JP":
            # Boxes above 64 KiB go on in the next segment, behind a header of 16 bytes.
            claims += content[8:] if not claims else content[16:]
        elif marker == 0xE1 and content.startswith(_XMP_HEAD):
            yield from _xmp(content)
        elif marker == 0xE1 and content.startswith(_EXIF_HEAD):
            yield from _exif(content)
        elif marker == 0xFE:
            yield Mark("text", "comment", _short(content))
    if claims:
        yield from _c2pa(claims)


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place + 8 <= len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        yield data[place : place + 4], data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if length < 8:
            return
        yield data[place + 4 : place + 8], data[place + 8 : place + length]
        place += length


def _c2pa(content: bytes) -> Iterator[Mark]:
    """What a manifest store (JUMBF, ISO 19566-5; C2PA Technical Specification) says, unverified."""
    kind = b"c2pa" if b"c2pa" in content else b"jumbf"
    yield Mark("c2pa", "manifest", f"{_short(kind)}, {len(content)} bytes")
    for found in re.finditer(_CLAIM, content):
        value = _cbor_text(content, found.end())
        if value:
            yield Mark("c2pa", "claim_generator", value)
    yield from _source_types("c2pa", content)


def _xmp(content: bytes) -> Iterator[Mark]:
    yield from _source_types("xmp", content)
    for found in _CREATOR.finditer(content):
        yield Mark("xmp", "CreatorTool", _short(found[1]))


def _source_types(kind: str, content: bytes) -> Iterator[Mark]:
    """IPTC's digital source types, such as trainedAlgorithmicMedia."""
    for found in _SOURCE_TYPE.finditer(content):
        yield Mark(kind, "digitalSourceType", _short(found[1]))


def _exif(content: bytes) -> Iterator[Mark]:
    exif = Image.Exif()
    exif.load(content if content.startswith(_EXIF_HEAD) else _EXIF_HEAD + content)
    fields = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    for tag, name in _EXIF_TAGS.items():
        value = fields.get(tag)
        if value:
            text = _comment(value) if isinstance(value, bytes) else str(value)
            yield Mark("exif", name, _short(text))


def _comment(value: bytes) -> bytes | str:
    """EXIF's UserComment without its eight bytes that name the character code."""
    code, text = value[:8], value[8:]
    if code == b"UNICODE\0":
        order = "utf-16-le" if text[1:2] == b"\0" else "utf-16-be"
        return text.decode(order, "replace")
    return text if code in (b"ASCII\0\0\0", b"\0" * 8) else value


def _cbor_text(data: bytes, place: int) -> str:
    """The CBOR text string (RFC 8949) that begins at `place`; empty where none does."""
    head = data[place] if place < len(data) else 0
    if 0x60 <= head < 0x78:
        return _short(data[place + 1 : place + 1 + head - 0x60])
    if head == 0x78:
        return _short(data[place + 2 : place + 2 + data[place + 1]])
    return ""


def _inflated(data: bytes) -> bytes:
    # A small chunk may be made to swell without end; a mark needs its beginning alone.
    return zlib.decompressobj().decompress(data, 1 << 16)


def _short(value: bytes | str) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * _LONGEST])
    return " ".join(printable.split())[:_LONGEST]
