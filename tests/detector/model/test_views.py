"""How pictures are cut into views, and that what is drawn lands where it was seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.config import Views
from detector.model.views import PADDING, mask_view, stitched, view, windows_of

SIZES = st.integers(1, 700)
KINDS = st.sampled_from(["whole", "tiles", "grid"])


@given(SIZES, SIZES, st.integers(8, 96), KINDS, st.integers(1, 12), st.floats(0, 0.6))
def test_tiles_cover_every_pixel(
    height: int, width: int, size: int, kind: str, most: int, overlap: float
) -> None:
    views = Views.model_validate({"kind": kind, "most": most, "overlap": overlap})
    windows, tile = windows_of(height, width, size, views)
    seen = np.zeros((height, width), int)
    for top, left, rows, columns in windows[tile].tolist():
        seen[max(top, 0) : top + rows, max(left, 0) : left + columns] += 1
    assert seen.min() >= 1
    assert 1 <= tile.sum() <= most
    # The thumbnail comes last and shows all; there is none of a picture seen at once.
    assert len(windows) == tile.sum() + (tile.sum() > 1)
    assert tile[: tile.sum()].all()
    assert (windows[-1, 2:] >= (height, width)).all() or tile[-1]


def test_tiles_are_the_pictures_own_pixels() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (130, 90, 3), dtype=np.uint8)
    windows, tile = windows_of(130, 90, 64, Views(kind="tiles", most=9, overlap=0.25))
    assert (windows[tile, 2:] == 64).all()
    for window in windows[tile]:
        top, left = window[:2]
        assert np.array_equal(view(picture, window, 64), picture[top : top + 64, left : left + 64])
    tops = sorted({int(top) for top, *_ in windows[tile]})
    assert all(64 - (b - a) >= 16 for a, b in pairwise(tops))


def test_small_pictures_are_padded_not_enlarged() -> None:
    picture = np.full((20, 30, 3), 200, np.uint8)
    windows, tile = windows_of(20, 30, 64, Views(kind="tiles"))
    assert windows.tolist() == [[0, 0, 64, 64]]
    assert tile.all()
    seen = view(picture, windows[0], 64)
    assert (seen[:20, :30] == 200).all()
    assert (seen[20:] == PADDING).all()
    assert (seen[:, 30:] == PADDING).all()


def test_too_large_a_picture_is_shrunk_until_the_tiles_suffice() -> None:
    windows, tile = windows_of(1000, 2000, 100, Views(kind="tiles", most=8))
    assert tile.sum() == 8
    assert (windows[tile, 2:] == 500).all()
    assert view(np.zeros((1000, 2000, 3), np.uint8), windows[0], 100).shape == (100, 100, 3)


def test_the_whole_is_centred_on_a_square() -> None:
    windows, _ = windows_of(10, 30, 64, Views())
    assert windows.tolist() == [[-10, 0, 30, 30]]
    seen = view(np.full((10, 30, 3), 200, np.uint8), windows[0], 30)
    assert (seen[10:20] == 200).all()
    assert (seen[:10] == PADDING).all()


@pytest.mark.parametrize(
    ("height", "width", "grid"),
    [
        (448, 448, (1, 1)),
        (448, 896, (1, 2)),
        (1344, 448, (3, 1)),
        (600, 600, (1, 1)),
        (700, 700, (2, 2)),
        (1000, 2000, (2, 4)),
        (100, 1300, (1, 12)),
    ],
)
def test_dynamic_tiling_takes_the_grid_of_the_nearest_shape(
    height: int, width: int, grid: tuple[int, int]
) -> None:
    windows, tile = windows_of(height, width, 448, Views(kind="grid", most=12))
    assert tile.sum() == grid[0] * grid[1]
    assert len({top for top, *_ in windows[tile].tolist()}) == grid[0]
    assert windows[-1].tolist() == [0, 0, height, width]


def test_masks_are_shares_of_their_cells() -> None:
    mask = np.zeros((40, 40), np.bool_)
    mask[:20, 10:15] = True
    window = np.array([0, 0, 80, 80], np.int32)
    assert mask_view(mask, window, 4).tolist() == [
        [64, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]


@pytest.mark.parametrize("kind", ["whole", "tiles", "grid"])
def test_constants_come_back_where_they_were_drawn(kind: str) -> None:
    views = Views.model_validate({"kind": kind, "most": 6})
    windows, tile = windows_of(90, 150, 50, views)
    drawn = np.stack([np.full((25, 25), i, np.float32) for i in range(int(tile.sum()))])
    whole = stitched(drawn, windows[tile], 90, 150)
    wanted, seen = np.zeros((90, 150)), np.zeros((90, 150))
    for i, (top, left, rows, columns) in enumerate(windows[tile].tolist()):
        place = np.s_[max(top, 0) : top + rows, max(left, 0) : left + columns]
        wanted[place] += i
        seen[place] += 1
    np.testing.assert_allclose(whole, wanted / seen, atol=1e-6)


def test_a_ramp_is_put_together_again() -> None:
    ramp = np.add.outer(np.arange(100.0), np.arange(130.0) / 7).astype(np.float32)
    windows, tile = windows_of(100, 130, 48, Views(kind="tiles", overlap=0.1))
    cut = [ramp[top : top + 48, left : left + 48] for top, left, *_ in windows[tile].tolist()]
    np.testing.assert_allclose(stitched(np.stack(cut), windows[tile], 100, 130), ramp, atol=1e-4)
