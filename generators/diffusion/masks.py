"""From the requested mask to the one that a pipeline really applies."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from schemas.picture import Mask

# The cells that Kandinsky repaints besides those it is told to: all neighbours but two.
_KANDINSKY = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], np.bool_)
_PIXELWISE = frozenset({"FluxFillPipeline"})
_GROWING = frozenset({"KandinskyV22InpaintCombinedPipeline", "KandinskyV22InpaintPipeline"})


@dataclass(frozen=True, slots=True)
class MaskUse:
    """What a pipeline makes of the mask that it is given.

    Most keep or redraw whole cells of the latent picture (`cell` px wide and high), and read each
    from one pixel of the mask, so that a stroke can fall between; they are given whole cells.
    FLUX.1 Fill takes the mask pixel by pixel (`cell` 1). Kandinsky's redraw neighbours (`grows`).
    """

    cell: int
    grows: bool = False

    def given(self, mask: Mask) -> Mask:
        """The mask to give to the pipeline for a working mask: every cell that it touches."""
        return _cells(_touched(mask, self.cell), self.cell)

    def applied(self, given: Mask) -> Mask:
        """What the pipeline redraws when it is given `given`."""
        if not self.grows:
            return given
        grown = ndimage.binary_dilation(_touched(given, self.cell), _KANDINSKY)
        return _cells(np.asarray(grown, np.bool_), self.cell)


def mask_use(pipeline: str, latent_scale: int) -> MaskUse:
    """What the class `pipeline` does, whose latents have one cell for `latent_scale` px."""
    if pipeline in _PIXELWISE:
        return MaskUse(1)
    return MaskUse(latent_scale, pipeline in _GROWING)


def softened(mask: Mask, dilate: int, blur: float) -> Mask:
    """A mask widened by `dilate` px and its outline smoothed by a Gaussian of `blur` px, cut at ½.

    The pipelines of diffusers cut at one half themselves: what is soft in a mask is lost on them.
    """
    if dilate:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * dilate + 1, 2 * dilate + 1))
        mask = cv2.dilate(mask.astype(np.uint8), kernel).astype(np.bool_)
    if blur:
        mask = np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), blur) >= 0.5, np.bool_)
    return mask


def _touched(mask: Mask, cell: int) -> Mask:
    height, width = mask.shape
    return np.asarray(
        mask.reshape(height // cell, cell, width // cell, cell).any(axis=(1, 3)), np.bool_
    )


def _cells(cells: Mask, cell: int) -> Mask:
    return cells.repeat(cell, axis=0).repeat(cell, axis=1)
