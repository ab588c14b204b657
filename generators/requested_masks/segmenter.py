"""Masks by a segmentation model: what SAM 2 finds at points of a grid, or within a box.

SAM 2: Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024. How masks are judged,
by the overlap that the model predicts and by their stability: Kirillov et al., "Segment Anything",
ICCV 2023.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from generators.contract import CannotForge
from generators.requested_masks.salience import main_component
from schemas.errors import GeneratorError, MissingExtraError
from schemas.picture import Mask, Pixels

if TYPE_CHECKING:
    from torch import Tensor

MIN_OVERLAP = 0.8
"""The least intersection over union with the true object that the model must expect of a mask."""
MIN_STABILITY = 0.9
"""The least intersection over union of the masks at logits of +1 and -1."""

_GRID = 8
_POINTS_AT_ONCE = 16
# Of the colours of ImageNet, on which the encoder was trained.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_Numbers = npt.NDArray[np.float32]
_loading = threading.Lock()


def segment(
    pixels: Pixels,
    rng: np.random.Generator,
    area: tuple[float, float],
    checkpoint: str,
    box: tuple[int, int, int, int] | None = None,
) -> Mask:
    """A segment of RGB uint8 (height, width, 3) that covers a share of it within `area`.

    With a `box` (x, y, width, height; px), what lies in it. Else what lies at one of the points of
    a jittered grid: they are tried in a drawn order, some at once, until some give a mask that is
    good enough, of which the best is taken. Raises `CannotForge` (`no_segment`) where none is,
    `MissingExtraError` without the ml extra, and `GeneratorError` where `checkpoint`, a name on
    the Hugging Face hub (with `@revision`, if any) or a folder, cannot be loaded.
    """
    model = _load(checkpoint)
    seen = model.look(pixels)
    height, width = pixels.shape[:2]
    if box is not None:
        x, y, across, down = box
        corners = np.array([[x, y, x + across, y + down]], np.float32)
        best = _best(*model.within(seen, corners, height, width), area)
    else:
        best = None
        points = _grid_points(height, width, rng)
        for start in range(0, len(points), _POINTS_AT_ONCE):
            some = points[start : start + _POINTS_AT_ONCE]
            best = _best(*model.at(seen, some, height, width), area)
            if best is not None:
                break
    if best is None:
        raise CannotForge("no_segment", "the segmenter finds nothing sure of the size asked for")
    return best


def _grid_points(height: int, width: int, rng: np.random.Generator) -> _Numbers:
    """Points (x, y), one in each cell of a grid, in a drawn order."""
    rows, columns = np.divmod(rng.permutation(_GRID * _GRID), _GRID)
    jitter = rng.uniform(0.2, 0.8, (_GRID * _GRID, 2))
    places = (np.stack([columns, rows], axis=1) + jitter) / _GRID
    return np.asarray(places * (width, height), np.float32)


def _best(logits: _Numbers, overlaps: _Numbers, area: tuple[float, float]) -> Mask | None:
    """Of masks as logits (n, height, width) the surest one that is good enough and fits `area`."""
    inner, outer = (logits > 1).sum(axis=(1, 2)), (logits > -1).sum(axis=(1, 2))
    stability = inner / np.maximum(outer, 1)
    shares = (logits > 0).mean(axis=(1, 2))
    fits = (shares >= area[0]) & (shares <= area[1])
    good = fits & (overlaps >= MIN_OVERLAP) & (stability >= MIN_STABILITY)
    for index in np.argsort(-overlaps * stability, kind="stable"):
        if good[index]:
            mask = main_component(logits[index] > 0)
            if area[0] <= mask.mean() <= area[1]:
                return mask
    return None


class _Segmenter:
    """A loaded SAM 2.

    Its own preprocessing needs torchvision, which breaks transformers beside a CPU build of torch;
    here Pillow and NumPy do the same: the picture is stretched to a square and normalised, and
    prompts are stretched with it.
    """

    def __init__(self, checkpoint: str) -> None:
        try:
            import torch
            from transformers import Sam2Model
        except ImportError as error:
            raise MissingExtraError("ml", "transformers", "Masks of the kind segment") from error
        try:
            name, _, revision = checkpoint.partition("@")
            model: Any = Sam2Model.from_pretrained(name, revision=revision or "main")
        except (OSError, ValueError) as error:
            raise GeneratorError(
                f"the segmenter {checkpoint!r} cannot be loaded; name a SAM 2 checkpoint on the "
                f"hub or in a folder. ({error})"
            ) from error
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = model.to(self._device).eval()
        self._side = int(model.config.prompt_encoder_config.image_size)

    def look(self, pixels: Pixels) -> list[Tensor]:
        """The embeddings of a picture, for any number of prompts."""
        square = Image.fromarray(np.ascontiguousarray(pixels)).resize(
            (self._side, self._side), Image.Resampling.BILINEAR
        )
        values = np.asarray(square, np.float32) / np.float32(255)
        values = (values - _MEAN) / _DEVIATION
        batch = self._torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1))[None])
        with self._torch.inference_mode():
            embeddings: list[Tensor] = self._model.get_image_embeddings(batch.to(self._device))
        return embeddings

    def at(
        self, seen: list[Tensor], points: _Numbers, height: int, width: int
    ) -> tuple[_Numbers, _Numbers]:
        """Three masks for each point (x, y) as logits, and the overlap expected of each."""
        square = points * self._stretch(height, width)
        return self._answer(seen, height, width, input_points=square[None, :, None])

    def within(
        self, seen: list[Tensor], boxes: _Numbers, height: int, width: int
    ) -> tuple[_Numbers, _Numbers]:
        """Three masks for each box (x0, y0, x1, y1), as `at`."""
        square = boxes * np.tile(self._stretch(height, width), 2)
        return self._answer(seen, height, width, input_boxes=square[None])

    def _stretch(self, height: int, width: int) -> _Numbers:
        return np.array([self._side / width, self._side / height], np.float32)

    def _answer(
        self, seen: list[Tensor], height: int, width: int, **prompts: _Numbers
    ) -> tuple[_Numbers, _Numbers]:
        torch = self._torch
        tensors = {
            name: torch.from_numpy(np.ascontiguousarray(values)).to(self._device)
            for name, values in prompts.items()
        }
        with torch.inference_mode():
            answer = self._model(image_embeddings=list(seen), multimask_output=True, **tensors)
            logits = torch.nn.functional.interpolate(
                answer.pred_masks[0], (height, width), mode="bilinear", align_corners=False
            )
        return (
            logits.flatten(0, 1).float().cpu().numpy(),
            answer.iou_scores[0].flatten().float().cpu().numpy(),
        )


def _load(checkpoint: str) -> _Segmenter:
    with _loading:  # Two threads that both need it wait for one loading.
        return _loaded(checkpoint)


@lru_cache(maxsize=1)
def _loaded(checkpoint: str) -> _Segmenter:
    return _Segmenter(checkpoint)
