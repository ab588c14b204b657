"""Keeps loaded checkpoints, so that adaptors share them, and lets one run at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generators.diffusion.options import CheckpointOptions
from generators.diffusion.preset import Preset, Task
from schemas.errors import MissingExtraError

if TYPE_CHECKING:
    import torch

_MOST = 2
"""Checkpoints that are kept loaded. The next one puts out the one that was not used for longest."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and how weights are held. Two pipelines with equal ones can share their weights."""

    device: str
    dtype: str
    offload: str
    compile: bool
    variant: str | None

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype of torch."""
        import torch

        found = getattr(torch, self.dtype)
        assert isinstance(found, torch.dtype)
        return found


def machine_for(options: CheckpointOptions, preset: Preset) -> Machine:
    """The machine that these options ask for. Raises `MissingExtraError` without torch."""
    try:
        import diffusers
        import torch
    except ImportError as missing:
        raise MissingExtraError("ml", "torch and diffusers", "Diffusion") from missing
    del diffusers
    device = options.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype: str = options.dtype
    if dtype == "auto":
        # Autoencoders are small, and some overflow in 16 bits.
        on_gpu = device.startswith("cuda") and options.task is not Task.RECONSTRUCT
        dtype = preset.dtype if on_gpu else "float32"
    return Machine(device, dtype, options.offload, options.compile, options.variant)


class Shelf:
    """The loaded checkpoints, least recently used first; each with its pipelines."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.weights: OrderedDict[object, dict[object, Any]] = OrderedDict()

    def of(self, key: object) -> dict[object, Any]:
        """What is loaded of a checkpoint, which may be put to; others may have to go."""
        if key not in self.weights:
            while len(self.weights) >= _MOST:
                self.weights.popitem(last=False)
                free_memory()
            self.weights[key] = {}
        self.weights.move_to_end(key)
        return self.weights[key]

    def forget_empty(self, key: object) -> None:
        """Take a checkpoint out again of which nothing could be loaded."""
        if not self.weights.get(key, True):
            del self.weights[key]


SHELF = Shelf()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Pipelines keep the state of a run in themselves: one runs at a time in a process."""
    with SHELF.lock:
        yield


def free_memory() -> None:
    """Give back what is no longer used on the GPU."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
