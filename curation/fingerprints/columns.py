"""Fingerprints out of columns of Arrow, whichever way they are spelled, ten million in seconds."""

from __future__ import annotations

from binascii import unhexlify

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import StorageError

HEX = "(0x)?[0-9a-fA-F]{16}"
"""How a fingerprint is spelled: a regular expression."""


def from_column(values: pa.Array, where: str) -> npt.NDArray[np.uint64]:
    """Fingerprints, uint64 (n,), of numbers or of 16 hex digits, with or without 0x before them.

    Raises `StorageError`, which begins with `where`, for anything else and where one is missing.
    """
    if values.null_count:
        raise StorageError(
            f"{where} has {values.null_count} rows without a fingerprint: leave them out first"
        )
    if pa.types.is_integer(values.type):
        # An int64 is the same 64 bits under another name: some databases have no other type.
        found = values.to_numpy(zero_copy_only=False)
        return np.asarray(found.view(np.uint64) if found.dtype == np.int64 else found, np.uint64)
    if not pa.types.is_string(values.type) and not pa.types.is_large_string(values.type):
        raise StorageError(f"{where}: fingerprints are uint64 or 16 hex digits, not {values.type}")
    wrong = values.filter(pc.invert(pc.match_substring_regex(values, f"^{HEX}$")))
    if len(wrong):
        raise StorageError(f"{where}: {wrong[0].as_py()!r} is no hash of 16 hex digits")
    digits = pc.replace_substring_regex(values, "^0x", "").cast(pa.binary()).cast(pa.binary(16))
    start = 16 * digits.offset
    spelled = memoryview(digits.buffers()[1])[start : start + 16 * len(digits)]
    return np.frombuffer(unhexlify(spelled), ">u8").astype(np.uint64)
