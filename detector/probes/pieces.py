"""Features on disk, a piece of pictures a file: a broken one is as good as none."""

from __future__ import annotations

import io

import numpy as np
from upath import UPath

from detector.probes.contract import Features
from schemas.errors import StorageError
from storage.files import read_bytes, write_bytes

PIECE = 64
"""Pictures a piece: what is lost, at most, for each process when a run is killed."""


def read_piece(path: UPath, size: int) -> Features | None:
    """Float32 (size, d), where there is a whole piece of as many pictures; else None."""
    if not path.exists():
        return None
    try:
        made = np.load(io.BytesIO(read_bytes(path)), allow_pickle=False)
    except (ValueError, EOFError, StorageError):
        return None
    whole = made.ndim == 2 and len(made) == size and made.dtype == np.float32
    return made if whole else None


def write_piece(path: UPath, features: Features) -> None:
    """Write features, float32 (n, d), all or nothing."""
    buffer = io.BytesIO()
    np.save(buffer, features, allow_pickle=False)
    write_bytes(path, buffer.getvalue())
