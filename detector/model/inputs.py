"""What the network takes: of a picture, of the truth about it, of a text, and of many as a batch.

Pictures stay bytes here, so that loader workers hand on little; the network normalises them on its
own device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from detector.data.joined import Joined, assembled
from detector.model.config import DetectorConfig
from detector.model.geometry import geometry
from detector.model.losses import IGNORED
from detector.model.views import mask_view, stitched, view, windows_of
from schemas.picture import Mask, Pixels

if TYPE_CHECKING:
    from detector.model.detector import Detection

Example = dict[str, NDArray[Any]]

_OF_VIEWS = ("pixels", "windows", "tile", "mask")
_TEXTS = {"input_ids": 0, "text_labels": IGNORED}


def picture_inputs(picture: Pixels, config: DetectorConfig) -> Example:
    """What the network wants of an RGB uint8 [H, W, 3]; the picture itself is left alone.

    `pixels` uint8 [k, 3, S, S], its k views; `windows` int32 [k, 4], the top, left, height and
    width of each in the picture; `tile` bool [k], False for a thumbnail; `size` int32 [2], height
    and width. With a localiser `sam_pixels` uint8 [3, S', S'], the picture stretched to SAM's
    square.
    """
    height, width = picture.shape[:2]
    windows, tile = windows_of(height, width, config.image_size, config.views)
    seen = [view(picture, window, config.image_size).transpose(2, 0, 1) for window in windows]
    found: Example = {
        "pixels": np.stack(seen),
        "windows": windows,
        "tile": tile,
        "size": np.array([height, width], np.int32),
    }
    side = geometry(config).sam
    if side:
        image = Image.fromarray(np.ascontiguousarray(picture))
        stretched = np.asarray(image.resize((side, side), Image.Resampling.BILINEAR))
        found["sam_pixels"] = np.ascontiguousarray(stretched.transpose(2, 0, 1))
    return found


def truth_inputs(
    fake: bool, mask: Mask | None, size: tuple[int, int], config: DetectorConfig
) -> Example:
    """What the losses want of the truth about a picture of `size` (height, width).

    `label` int64 [] (1 is fake); `mask` uint8 [k, m, m], or [1, m, m] with a localiser: the share
    of forged pixels in each cell, 0 to 255; `mask_known` bool [], False for a fake without a mask.
    An authentic picture's mask is empty. Raises ValueError for a mask of another size.
    """
    if mask is not None and mask.shape != tuple(size):
        raise ValueError(f"a mask of {mask.shape} for a picture of {tuple(size)}: scale it first")
    if config.localiser is None:
        windows, _ = windows_of(*size, config.image_size, config.views)
    else:
        windows = np.array([(0, 0, *size)], np.int32)
    side = geometry(config).mask
    shares: NDArray[np.uint8] = np.zeros((len(windows), side, side), np.uint8)
    if mask is not None and mask.any():
        shares = np.stack([mask_view(mask, window, side) for window in windows])
    return {
        "label": np.asarray(int(fake), np.int64),
        "mask": shares,
        "mask_known": np.asarray(mask is not None or not fake),
    }


def text_inputs(ids: Sequence[int], labels: Sequence[int] | None = None) -> Example:
    """`input_ids` and, where the text is taught, `text_labels`, int64 [T], -100 where it is not."""
    found: Example = {"input_ids": np.asarray(ids, np.int64)}
    if labels is not None:
        if len(labels) != len(ids):
            raise ValueError(f"{len(labels)} labels for {len(ids)} ids")
        found["text_labels"] = np.asarray(labels, np.int64)
    return found


def join(examples: Sequence[Example], *, left: bool = False) -> dict[str, torch.Tensor]:
    """Examples with the same names as one batch: the keyword arguments of `Detector.forward`.

    Views and their masks stand one after another, [sum of k, ...]; `counts` int64 [n] says how
    many each picture has. Texts are padded on the right, or on the `left` for writing, and
    `attention_mask` int64 [n, T] tells them from padding. All else is stacked, [n, ...].
    """
    batch: dict[str, torch.Tensor] = assembled(joined(examples, left=left))
    return batch


def joined(examples: Sequence[Example], *, left: bool = False) -> dict[str, torch.Tensor | Joined]:
    """The same for a loader, which makes tensors of what is `Joined`."""
    batch: dict[str, torch.Tensor | Joined] = {}
    for name in examples[0]:
        values = [example[name] for example in examples]
        if name in _TEXTS:
            batch[name] = torch.from_numpy(_padded(values, _TEXTS[name], left))
        else:
            batch[name] = Joined(values, stacked=name not in _OF_VIEWS)
    if "pixels" in batch:
        batch["counts"] = torch.tensor([len(example["pixels"]) for example in examples])
    if "input_ids" in batch:
        ones = [np.ones_like(example["input_ids"]) for example in examples]
        batch["attention_mask"] = torch.from_numpy(_padded(ones, 0, left))
    return batch


def visual_tokens(config: DetectorConfig, views: int) -> int:
    """How many placeholders a text needs for a picture of so many views."""
    return views * geometry(config).grid ** 2


def drawn_masks(found: Detection, batch: Mapping[str, torch.Tensor]) -> list[NDArray[np.float32]]:
    """P(forged) of every pixel, float32 (height, width), for each picture of the batch.

    The tiles are put where they belong and averaged where they overlap; thumbnails do not count.
    Raises ValueError where the detector drew nothing.
    """
    if found.mask_logits is None:
        raise ValueError("this detector draws no masks: give it a mask_head or a localiser")
    drawn = found.mask_logits.detach().float().sigmoid().cpu().numpy()
    sizes = [(int(height), int(width)) for height, width in batch["size"].tolist()]
    if "sam_pixels" in batch:
        return [
            stitched(one[None], np.array([(0, 0, *size)], np.int32), *size)
            for one, size in zip(drawn, sizes, strict=True)
        ]
    ends = np.cumsum(batch["counts"].cpu().numpy())[:-1]
    parts = (np.split(of.cpu().numpy(), ends) for of in (batch["windows"], batch["tile"]))
    return [
        stitched(one[tile], windows[tile], *size)
        for one, windows, tile, size in zip(np.split(drawn, ends), *parts, sizes, strict=True)
    ]


def _padded(rows: Sequence[NDArray[Any]], value: int, left: bool) -> NDArray[Any]:
    length = max(len(row) for row in rows)
    whole = np.full((len(rows), length), value, np.int64)
    for i, row in enumerate(rows):
        whole[i, length - len(row) if left else 0 :][: len(row)] = row
    return whole
