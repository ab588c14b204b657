"""The camera moves words exactly where it moves their ink."""

from __future__ import annotations

import numpy as np
import pytest

from schemas.picture import Pixels
from sources.rendered.capture import capture
from sources.rendered.geometry import Placement
from sources.rendered.page import Points

SIZE = (400, 304)


def dotted_page() -> tuple[Pixels, list[Points]]:
    page = np.full((580, 760, 3), 250, np.uint8)
    quads = []
    for top in range(120, 480, 90):
        for left in range(140, 620, 110):
            page[top : top + 20, left : left + 30] = 20
            corners = [[left, top], [left + 30, top], [left + 30, top + 20], [left, top + 20]]
            quads.append(np.array(corners, dtype=np.float64))
    return page, quads


@pytest.mark.parametrize("seed", range(10))
def test_quads_follow_the_ink(seed: int) -> None:
    page, quads = dotted_page()
    pixels, moved, _ = capture(page, quads, seed, SIZE)
    assert pixels.shape == (SIZE[1], SIZE[0], 3)
    for quad in moved:
        left, top = np.floor(quad.min(axis=0)).astype(int) - 4
        right, bottom = np.ceil(quad.max(axis=0)).astype(int) + 4
        patch = pixels[top:bottom, left:right].mean(axis=2)
        weight = np.clip(np.percentile(patch, 90) - patch - 20, 0, None)
        rows, columns = np.mgrid[top:bottom, left:right] + 0.5
        centre = ((columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum())
        assert np.abs(np.array(centre) - quad.mean(axis=0)).max() < 0.6


def test_capture_is_pure() -> None:
    page, quads = dotted_page()
    page.setflags(write=False)
    first, moved, parameters = capture(page, quads, 3, SIZE)
    again, moved_again, parameters_again = capture(page, quads, 3, SIZE)
    assert np.array_equal(first, again)
    assert all(np.array_equal(a, b) for a, b in zip(moved, moved_again, strict=True))
    assert parameters == parameters_again
    assert not np.array_equal(first, capture(page, quads, 4, SIZE)[0])


def test_both_styles_are_drawn() -> None:
    page, quads = dotted_page()
    styles = {capture(page, quads, seed, SIZE)[2].style for seed in range(20)}
    assert styles == {"photo", "scan"}


def test_maps_undo_forward() -> None:
    placement = Placement(
        ((0.5, 0.02, 9.0), (-0.01, 0.49, 14.0), (1e-5, -2e-5, 1.0)), 5.0, 0.006, 1.0, ()
    )
    across, down = placement.maps((64, 48))
    points = np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float64) + 0.5
    back = placement.forward(points)
    rows, columns = np.mgrid[0:48, 0:64] + 0.5
    assert np.allclose(back[:, 0], columns.ravel(), atol=1e-3)
    assert np.allclose(back[:, 1], rows.ravel(), atol=1e-3)
