"""What a file's own structure tells: its segments or chunks, in order, with their sizes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

_STANDARD_HUFFMAN = {(12, 0x00): 28, (162, 0x10): 178, (12, 0x01): 28, (162, 0x11): 178}
_SCANS = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC3: "lossless"}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_NAMES = {0xDB: "DQT", 0xC4: "DHT", 0xDA: "SOS", 0xDD: "DRI", 0xFE: "COM", 0xCC: "DAC"}
_PNG = b"\x89PNG\r\n\x1a\n"
_DEFLATE = ("fastest", "fast", "default", "best")


def structure(data: bytes) -> dict[str, Any]:
    """Features of a JPEG's, PNG's or WebP's segments; empty for other formats.

    What is cut off or broken ends the reading; what stood before it is told.
    """
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:8] == _PNG:
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return {}


def _jpeg(data: bytes) -> dict[str, Any]:
    order: list[str] = []
    sizes = {"exif": 0, "xmp": 0, "icc": 0, "provenance": 0, "comment": 0}
    found: dict[str, Any] = {"jfif": "absent", "adobe": "absent", "restart": 0.0}
    standard: list[bool] = []
    for marker, body in _markers(data):
        order.append(_marker_name(marker))
        if marker == 0xE0 and body[:5] == b"JFIF\0" and len(body) >= 12:
            unit, across, down = struct.unpack(">BHH", body[7:12])
            found["jfif"] = f"{body[5]}.{body[6]:02}, {across} x {down} ({unit})"
        elif marker == 0xE1 and body[:6] == b"Exif\0\0":
            sizes["exif"] += len(body)
        elif marker == 0xE1 and body[:28].startswith(
            (b"http://ns.adobe.com/xap/", b"http://ns.ad")
        ):
            sizes["xmp"] += len(body)
        elif marker == 0xE2 and body[:11] == b"ICC_PROFILE":
            sizes["icc"] += len(body)
        elif marker == 0xEB:
            sizes["provenance"] += len(body)
        elif marker == 0xEE and body[:5] == b"Adobe" and len(body) >= 12:
            found["adobe"] = f"transform {body[11]}"
        elif marker == 0xFE:
            sizes["comment"] += len(body)
        elif marker == 0xDD and len(body) >= 2:
            found["restart"] = float(struct.unpack(">H", body[:2])[0])
        elif marker == 0xC4:
            standard.extend(_are_standard(body))
        elif marker in _SCANS:
            found["scan"] = _SCANS[marker]
    if standard:
        found["huffman"] = "standard" if all(standard) else "optimised"
    return found | sizes | _order(order)


def _markers(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The markers up to the first scan, with what each segment holds."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, data[at + 4 : at + 2 + length]
        if marker in (0xDA, 0xD9) or length < 2:
            return
        at += 2 + length


def _marker_name(marker: int) -> str:
    if 0xE0 <= marker <= 0xEF:
        return f"APP{marker - 0xE0}"
    if marker in _NAMES:
        return _NAMES[marker]
    return f"SOF{marker - 0xC0}" if 0xC0 <= marker <= 0xCF else f"{marker:02X}"


def _are_standard(body: bytes) -> Iterator[bool]:
    """Whether each table of a DHT segment is of the size of T.81's examples (annex K.3)."""
    at = 0
    while at + 17 <= len(body):
        values = sum(body[at + 1 : at + 17])
        yield (values, body[at]) in _STANDARD_HUFFMAN
        at += 17 + values


def _png(data: bytes) -> dict[str, Any]:
    order: list[str] = []
    sizes = {"exif": 0, "xmp": 0, "icc": 0, "provenance": 0, "comment": 0}
    found: dict[str, Any] = {}
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        name = kind.decode("latin-1")
        if kind == b"IDAT" and "deflate" not in found and length >= 2:
            found["deflate"] = _DEFLATE[data[at + 9] >> 6]
        if not order or order[-1] != name:
            order.append(name)
        if kind == b"eXIf":
            sizes["exif"] += length
        elif kind == b"iCCP":
            sizes["icc"] += length
        elif kind == b"caBX":
            sizes["provenance"] += length
        elif kind == b"iTXt" and data[at + 8 : at + 25] == b"XML:com.adobe.xmp":
            sizes["xmp"] += length
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            sizes["comment"] += length
        at += 12 + length
    return found | sizes | _order(order)


def _webp(data: bytes) -> dict[str, Any]:
    order: list[str] = []
    sizes = {"exif": 0, "xmp": 0, "icc": 0, "provenance": 0, "comment": 0}
    known = {b"EXIF": "exif", b"XMP ": "xmp", b"ICCP": "icc", b"C2PA": "provenance"}
    at = 12
    while at + 8 <= len(data):
        kind = data[at : at + 4]
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        order.append(kind.decode("latin-1").strip())
        if kind in known:
            sizes[known[kind]] += length
        at += 8 + length + length % 2
    return sizes | _order(order)


def _order(order: list[str]) -> dict[str, Any]:
    return {"segments": " ".join(order), "segment_count": len(order)}
