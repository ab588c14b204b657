"""What the network takes, and what it gives back at the pictures' own sizes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from detector.model.config import Views
from detector.model.detector import Detection
from detector.model.inputs import (
    drawn_masks,
    join,
    picture_inputs,
    text_inputs,
    truth_inputs,
    visual_tokens,
)
from detector.model.preprocessing import CLIP_MEAN, CLIP_STD, Normalised
from detector.model.tiny import tiny_config

TILES = Views(kind="tiles", most=4)


def test_views_come_as_bytes() -> None:
    config = tiny_config(localiser=True, views=TILES)
    picture = np.random.default_rng(0).integers(0, 256, (80, 60, 3), dtype=np.uint8)
    picture.flags.writeable = False
    found = picture_inputs(picture, config)
    assert found["pixels"].shape == (5, 3, 56, 56)
    assert found["pixels"].dtype == found["sam_pixels"].dtype == np.uint8
    assert found["tile"].tolist() == [True] * 4 + [False]
    assert found["size"].tolist() == [80, 60]
    assert found["sam_pixels"].shape == (3, 64, 64)
    assert np.array_equal(found["pixels"][0], picture[:56, :56].transpose(2, 0, 1))
    assert visual_tokens(config, 5) == 5 * 16


def test_truth_is_cut_as_the_picture_is() -> None:
    mask = np.zeros((112, 56), np.bool_)
    mask[56:] = True
    views = tiny_config(views=TILES)
    found = truth_inputs(True, mask, (112, 56), views)
    assert found["mask"].shape == (3, 16, 16)
    assert found["mask"][0].max() == 0
    assert found["mask"][1].min() == 255
    assert 0 < found["mask"][2].mean() < 255
    whole = truth_inputs(True, mask, (112, 56), tiny_config(localiser=True))
    assert whole["mask"].shape == (1, 16, 16)
    assert whole["mask"][0].mean() == 127.5
    known = [truth_inputs(fake, None, (56, 56), views)["mask_known"] for fake in (False, True)]
    assert known == [True, False]
    with pytest.raises(ValueError, match="scale it first"):
        truth_inputs(True, mask, (56, 112), views)


@pytest.mark.parametrize(("left", "wanted"), [(False, [1, 1, 0]), (True, [0, 1, 1])])
def test_texts_are_padded_on_the_side_that_is_asked(left: bool, wanted: list[int]) -> None:
    joined = join([text_inputs([7, 8, 9], [-100, 8, 9]), text_inputs([4, 5], [-100, 5])], left=left)
    assert joined["attention_mask"].tolist() == [[1, 1, 1], wanted]
    assert joined["input_ids"][1].sum() == 9
    assert (joined["text_labels"][1] == -100).sum() == 2
    assert joined["input_ids"].dtype == torch.int64
    with pytest.raises(ValueError, match="labels"):
        text_inputs([1], [1, 2])


def test_masks_come_back_at_the_pictures_sizes() -> None:
    config = tiny_config(views=TILES)
    batch = join(
        [picture_inputs(np.zeros((h, w, 3), np.uint8), config) for h, w in ((112, 56), (30, 40))]
    )
    assert batch["counts"].tolist() == [3, 1]
    logits = torch.full((4, 16, 16), -20.0)
    logits[1] = logits[2] = 20
    first, second = drawn_masks(Detection(mask_logits=logits), batch)
    assert (first.shape, second.shape) == ((112, 56), (30, 40))
    # The second tile is below the first; the thumbnail does not count.
    assert first[:56].max() < 1e-6
    assert first[56:].min() > 1 - 1e-6
    assert second.max() < 1e-6
    with pytest.raises(ValueError, match="draws no masks"):
        drawn_masks(Detection(), batch)


def test_numbers_are_those_of_clip() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (2, 3, 9, 9), dtype=np.uint8)
    wanted = (picture / 255 - np.reshape(CLIP_MEAN, (3, 1, 1))) / np.reshape(CLIP_STD, (3, 1, 1))
    normalised = Normalised(CLIP_MEAN, CLIP_STD)
    np.testing.assert_allclose(normalised(torch.from_numpy(picture)), wanted, atol=1e-5)
    with pytest.raises(ValueError, match="uint8"):
        normalised(torch.zeros(1, 3, 9, 9))
