"""Joins transformed samples into a batch: arrays and numbers into tensors, all else into lists.

Arrays come out as `Joined`, which whoever reads the batches makes tensors of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.data.joined import Joined

VALID = "_valid"
"""What the name of a padded array's validity mask ends in."""


def stack(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Arrays of one shape and numbers as (batch, …); strings, None and all else as lists.

    Numbers are tensors at once, arrays `Joined`: to compute with them here, ask these for `tensor`.
    Raises ValueError where arrays of one name differ in shape (see `pad`) or in dtype.
    """
    return {name: _joined(name, [sample[name] for sample in samples]) for name in samples[0]}


def pad(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Like `stack`, arrays of unequal heights and widths filled with zeros below and on the right.

    Every padded array `name` has beside it `name_valid`, bool (batch, height, width): True where
    the array has values of its own. Arrays are (height, width) or (height, width, channels).
    """
    batch: dict[str, Any] = {}
    for name in samples[0]:
        values = [sample[name] for sample in samples]
        if not isinstance(values[0], np.ndarray) or values[0].ndim < 2:
            batch[name] = _joined(name, values)
            continue
        height = max(value.shape[0] for value in values)
        width = max(value.shape[1] for value in values)
        whole = [_filled(value, height, width) for value in values]
        valid = [_filled(np.ones(value.shape[:2], np.bool_), height, width) for value in values]
        batch[name] = _joined(name, whole)
        batch[name + VALID] = _joined(name, valid)
    return batch


def as_list(samples: Sequence[Any]) -> list[Any]:
    """The samples as they are, for a processor that makes the batch itself."""
    return list(samples)


def _filled(value: npt.NDArray[Any], height: int, width: int) -> npt.NDArray[Any]:
    if value.shape[:2] == (height, width):
        return value
    whole = np.zeros((height, width, *value.shape[2:]), value.dtype)
    whole[: value.shape[0], : value.shape[1]] = value
    return whole


def _joined(name: str, values: list[Any]) -> Any:
    import torch

    first = values[0]
    if isinstance(first, torch.Tensor):
        return torch.stack(values)
    if isinstance(first, np.ndarray):
        shapes = sorted({value.shape for value in values})
        if len(shapes) > 1:
            raise ValueError(
                f"{name} comes in the shapes {shapes[0]} and {shapes[1]}: crop or resize it in the "
                "transform, or collate with `pad`"
            )
        dtypes = {value.dtype for value in values}
        if len(dtypes) > 1:
            one, other, *_ = sorted(map(str, dtypes))
            raise ValueError(f"{name} comes as {one} and as {other}: give it one dtype")
        return Joined(values, stacked=True)
    if all(isinstance(value, bool | int | float | np.generic) for value in values):
        return torch.tensor(values)
    return values
