"""The global random states (Python, numpy, OpenCV, torch): seeded for a run, watched, put back."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np


@contextmanager
def seeded(world: int) -> Iterator[Callable[[], tuple[str, ...]]]:
    """Seed the global random states; yields what names those that were changed since.

    OpenCV's can only be seeded, not read. Torch's are seeded where torch has been imported: the
    kit itself never imports it.
    """
    before = _states()
    random.seed(world)
    np.random.seed(world)  # noqa: NPY002 (the global state is what is under test)
    cv2.setRNGSeed(world)
    torch = sys.modules.get("torch")
    if torch is not None and "torch" in before:
        torch.default_generator.manual_seed(world)
    if torch is not None and "torch.cuda" in before:
        torch.cuda.manual_seed_all(world)
    sown = _states()

    def disturbed() -> tuple[str, ...]:
        now = _states()
        return tuple(name for name, state in sown.items() if not _same(state, now[name]))

    try:
        yield disturbed
    finally:
        random.setstate(before["random"])
        np.random.set_state(before["numpy.random"])  # noqa: NPY002 (as above)
        if torch is not None and "torch" in before:
            torch.set_rng_state(before["torch"])
        if torch is not None and "torch.cuda" in before:
            torch.cuda.set_rng_state_all(before["torch.cuda"])


def _states() -> dict[str, Any]:
    states: dict[str, Any] = {
        "random": random.getstate(),
        "numpy.random": np.random.get_state(legacy=True),  # noqa: NPY002 (as above)
    }
    # A module that is only half imported, by another thread, has no state yet.
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "get_rng_state"):
        states["torch"] = torch.get_rng_state()
        if torch.cuda.is_initialized():
            states["torch.cuda"] = torch.cuda.get_rng_state_all()
    return states


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    if hasattr(one, "shape"):
        return bool((one == other).all())
    return bool(one == other)
