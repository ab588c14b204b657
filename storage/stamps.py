"""Tells whether a file has changed without reading it."""

from __future__ import annotations

from upath import UPath


def stamp(path: UPath) -> str:
    """Size and time of the last change of a file; `-` where there is none."""
    try:
        known = path.stat()
    except OSError:
        return "-"
    return f"{known.st_size}:{known.st_mtime}"
