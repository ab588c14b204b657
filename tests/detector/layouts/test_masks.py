"""The rules by which masks are read, on files as benchmarks save them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.layouts.contract import BenchmarkSample, MaskRule, StoredMask
from detector.layouts.masks import any_value, dark, green, light
from schemas.errors import StorageError
from schemas.vocabulary import Domain, Label
from tests.detector.layouts.trees import SIDE, corner, encoded, mask_file, picture


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        (any_value, mask_file(1)),
        (any_value, mask_file(255)),
        (light, mask_file(255, 20)),
        (light, mask_file(form="TIFF")),
        (dark, mask_file(0, 255)),
        (light, encoded(np.where(corner(), 65535, 300).astype(np.uint16))),
    ],
)
def test_rules_find_the_forged_corner(rule: MaskRule, data: bytes) -> None:
    mask = rule(data)
    assert mask.dtype == np.bool_
    assert not mask.flags.writeable
    np.testing.assert_array_equal(mask, corner())


def test_two_level_and_translucent_masks_keep_their_values(tmp_path: Path) -> None:
    Image.fromarray(corner()).save(tmp_path / "bits.tif")
    np.testing.assert_array_equal(light((tmp_path / "bits.tif").read_bytes()), corner())
    layers = np.zeros((SIDE, SIDE, 4), np.uint8)
    layers[..., :3] = np.where(corner(), 255, 0)[..., None]
    np.testing.assert_array_equal(any_value(encoded(layers)), corner())


def test_green_is_told_from_red_through_jpeg() -> None:
    colours = np.zeros((64, 64, 3), np.uint8)
    colours[:32, :32], colours[:32, 32:] = (0, 255, 0), (0, 200, 0)
    colours[32:, :32], colours[32:, 32:] = (255, 0, 0), (200, 0, 0)
    wanted = np.zeros((64, 64), np.bool_)
    wanted[:32] = True
    np.testing.assert_array_equal(green(encoded(colours, "JPEG", quality=75)), wanted)
    assert not green(encoded(np.zeros((8, 8, 3), np.uint8), "JPEG")).any()


@pytest.mark.parametrize("data", [b"", b"no picture", mask_file()[:40]])
def test_broken_masks_say_so(data: bytes) -> None:
    with pytest.raises(StorageError, match="fetch it again"):
        light(data)


def test_a_mask_of_another_size_is_refused_and_not_stretched() -> None:
    mask = StoredMask(mask_file(), light)
    sample = BenchmarkSample("Tp/1.jpg", picture(1), Label.FAKE, Domain.NATURAL, mask)
    assert sample.read_mask(SIDE, SIDE) is not None
    with pytest.raises(StorageError, match=r"Tp/1.jpg: its mask is 16 by 16, the picture 20 by 16"):
        sample.read_mask(SIDE, 20)


def test_a_file_that_went_since_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone.png"
    mask = StoredMask(gone, light)
    sample = BenchmarkSample("k", gone, Label.FAKE, Domain.NATURAL, mask)
    with pytest.raises(StorageError, match=r"gone\.png"):
        sample.read_image()
    with pytest.raises(StorageError, match=r"gone\.png"):
        sample.read_mask(SIDE, SIDE)
