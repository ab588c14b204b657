"""Completion by patches: nearer to the truth than diffusion where there is texture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from generators.patch_inpainting import complete
from schemas.picture import Pixels
from tests.generators.pictures import noise


def test_the_fill_is_as_busy_as_its_surroundings() -> None:
    """Roughness inside the hole, against that of the truth there and that of Telea's fill."""
    rough = cv2.GaussianBlur(noise(160, 160), (0, 0), 1.2).astype(np.float32)
    pixels = np.clip((rough - 128) * 3 + 128, 0, 255).astype(np.uint8)
    hole = np.zeros(pixels.shape[:2], np.bool_)
    hole[60:110, 60:110] = True
    core = np.s_[70:100, 70:100]

    def roughness(picture: Pixels) -> float:
        return float(cv2.Laplacian(picture[core].astype(np.float32), cv2.CV_32F).std())

    diffused = np.asarray(
        cv2.inpaint(pixels, hole.astype(np.uint8), 4, cv2.INPAINT_TELEA), np.uint8
    )
    truth = roughness(pixels)
    filled = complete(np.where(hole[..., None], np.uint8(0), pixels), hole)
    assert roughness(filled) > 0.4 * truth
    assert roughness(filled) > 2.0 * roughness(diffused)


def test_the_content_of_the_hole_has_no_say() -> None:
    pixels = noise(80, 80)
    hole = np.zeros((80, 80), np.bool_)
    hole[30:50, 20:60] = True
    black, white = pixels.copy(), pixels.copy()
    black[hole], white[hole] = 0, 255
    assert np.array_equal(complete(black, hole), complete(white, hole))


def test_wrong_arguments_say_so() -> None:
    hole = np.zeros((20, 20), np.bool_)
    with pytest.raises(ValueError, match="odd"):
        complete(noise(20, 20), hole, patch=4)
    with pytest.raises(ValueError, match="differ in size"):
        complete(noise(20, 21), hole)
