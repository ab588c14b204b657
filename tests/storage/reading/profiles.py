"""ICC profiles whose colours nobody gets without reading them."""

from __future__ import annotations

import struct


def icc_profile(space: bytes, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """The bytes of an ICC version 2 profile with these tags (ICC.1:2001-04)."""
    table, body = struct.pack(">I", len(tags)), b""
    for signature, data in tags.items():
        table += struct.pack(">4sII", signature, 132 + 12 * len(tags) + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12s4s", 132 + len(table) - 4 + len(body), b"test", 0x02100000, kind, space,
        b"XYZ " if kind == b"mntr" else b"Lab ", b"\x07\xea\0\1\0\1" + b"\0" * 6, b"acsp",
    )  # fmt: skip
    white = struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    return header.ljust(68, b"\0") + white + b"\0" * 48 + table + body


def wide_gamut_profile() -> bytes:
    """Adobe RGB (1998)'s primaries, adapted to D50, with a gamma of 2.2."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))

    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256))
    return icc_profile(
        b"RGB ",
        b"mntr",
        {
            b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"wide\0" + b"\0" * 78,
            b"wtpt": xyz(0.9642, 1.0, 0.8249),
            b"rXYZ": xyz(0.6097, 0.3111, 0.0195),
            b"gXYZ": xyz(0.2053, 0.6257, 0.0609),
            b"bXYZ": xyz(0.1492, 0.0632, 0.7446),
            b"rTRC": gamma,
            b"gTRC": gamma,
            b"bTRC": gamma,
        },
    )


def odd_ink_profile() -> bytes:
    """A CMYK profile whose cyan ink prints a dark red: nobody gets there without reading it."""
    corners = []
    for index in range(16):
        cyan, magenta, yellow, black = ((index >> shift) & 1 for shift in (3, 2, 1, 0))
        lightness = 100 - 60 * cyan - 30 * magenta - 10 * yellow - 95 * black
        corners.append((max(0, lightness) * 255 // 100, 128 + 60 * cyan, 128 + 40 * cyan))
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix
    lut += ramp * 4 + bytes(v for corner in corners for v in corner) + ramp * 3
    description = b"desc\0\0\0\0" + struct.pack(">I", 4) + b"odd\0" + b"\0" * 78
    return icc_profile(b"CMYK", b"prtr", {b"desc": description, b"A2B0": lut, b"A2B1": lut})
