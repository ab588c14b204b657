"""Has a process keep the memory it frees, for its next picture.

The C library gives a picture's memory back to the system and asks for it anew with the next one,
at a page fault every 4 KiB: as much as a third of decoding a JPEG of 512 px.
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Glibc's numbers of these options (mallopt(3))."""
_NEVER_TRIM = 2**31 - 1
_LARGEST = 2**25
"""Bytes from which memory is asked of the system by itself: the most that glibc allows."""


def keep_freed_memory() -> bool:
    """From now on, in this process; False where the C library cannot be told so."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    options = ((_MMAP_THRESHOLD, _LARGEST), (_TRIM_THRESHOLD, _NEVER_TRIM))
    done = [mallopt(option, value) == 1 for option, value in options]
    return all(done)
