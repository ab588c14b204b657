"""Shapes are measured as they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.mask_audit.shape import shape
from schemas.picture import Mask


def blank() -> Mask:
    return np.zeros((96, 128), np.bool_)


def test_a_rectangle_with_a_hole_and_another_piece() -> None:
    mask = blank()
    mask[10:50, 20:80] = True
    whole = shape(mask)
    assert whole.area == 40 * 60 / (96 * 128)
    assert whole.compactness == pytest.approx(np.pi * 4 * 2400 / 200**2)
    assert (whole.components, whole.holes, whole.border) == (1, 0.0, False)
    mask[20:30, 30:40] = False
    mask[60:70, 120:] = True
    pierced = shape(mask)
    assert pierced.components == 2
    assert pierced.border
    assert pierced.holes == pytest.approx(100 / (2400 + 80))
    assert pierced.compactness == whole.compactness


def test_a_disc_is_the_most_compact() -> None:
    disc, bar = blank(), blank()
    disc = cv2.circle(disc.astype(np.uint8), (64, 48), 30, 1, -1) > 0
    bar[40:44, 10:118] = True
    assert shape(disc).compactness > 0.85
    assert shape(bar).compactness < 0.2


@given(st.integers(0, 95), st.integers(0, 127), st.integers(1, 40), st.integers(1, 40))
def test_the_grid_keeps_the_area(top: int, left: int, height: int, width: int) -> None:
    mask = blank()
    mask[top : top + height, left : left + width] = True
    seen = shape(mask)
    assert seen.grid.mean() == pytest.approx(seen.area, rel=1e-3)
    assert 0 < seen.compactness <= 1
    assert seen.border == (top == 0 or left == 0 or top + height >= 96 or left + width >= 128)
