"""Draws with less at once when memory runs out; the resolution is never touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from generators.diffusion.shelf import free_memory

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")


def draw_in_halves(
    draw: Callable[[Sequence[_Item]], list[_Result]], items: Sequence[_Item], most: int
) -> tuple[list[_Result], int]:
    """The results of `draw` over `items`, `most` at once, and how many were taken in the end.

    A batch that runs out of memory is halved, again and again. Raises MemoryError that says what
    to change where a single item does not fit.
    """
    done: list[_Result] = []
    while len(done) < len(items):
        batch = items[len(done) : len(done) + most]
        failure = ""
        try:
            done += draw(batch)
        except RuntimeError as error:
            if not ran_out(error):
                raise
            failure = str(error).splitlines()[0]
        if failure:
            # Outside of the handler, whose traceback would hold on to what is to be freed.
            free_memory()
            if len(batch) == 1:
                raise MemoryError(
                    "There is not enough memory for a single picture. Choose a smaller 'size', "
                    "the 'offload' of model or sequential, a 'dtype' of 16 bits, or a smaller "
                    f"checkpoint. ({failure})"
                )
            most = len(batch) // 2
    return done, most


def ran_out(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or a processor."""
    import torch

    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
