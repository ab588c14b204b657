"""Decoding what is looked at, and joining samples into batches."""

from __future__ import annotations

import numpy as np
import pytest

from detector.data.collate import as_list, pad, stack
from detector.data.joined import assembled
from detector.data.sample import Sample
from schemas.errors import StorageError
from storage.codecs import decode, encode_jpeg, encode_png
from storage.masks import encode_mask

torch = pytest.importorskip("torch")


def made(data: bytes | None, mask: bytes | None = None) -> Sample:
    return Sample(0, {"sample_id": "s0"}, {"image": data, "mask_applied": mask})


def test_both_decoders_see_the_same_picture() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8)
    for data in (encode_png(pixels), encode_jpeg(pixels, 80, "4:2:0")):
        assert np.array_equal(made(data).image(), decode(data))
        assert np.abs(made(data).image(by="opencv").astype(int) - decode(data)).max() <= 2


def test_a_jpeg_is_decoded_no_larger_than_needed() -> None:
    data = encode_jpeg(np.full((320, 480, 3), 90, np.uint8), 90, "4:4:4")
    assert made(data).image(at_least=80).shape == (80, 120, 3)
    assert made(data).image(at_least=81).shape == (160, 240, 3)
    assert made(data).image(at_least=400).shape == (320, 480, 3)


def test_masks_are_bool_or_absent() -> None:
    mask = np.eye(9, dtype=np.bool_)
    drawn = made(b"", encode_mask(mask)).mask()
    assert drawn is not None
    assert drawn.dtype == np.bool_
    assert np.array_equal(drawn, mask)
    assert made(b"").mask() is None


def test_a_broken_picture_is_named() -> None:
    with pytest.raises(StorageError, match="s0 has no image"):
        made(None).image()
    with pytest.raises(StorageError, match="s0 could not be decoded"):
        made(b"no picture").image(by="opencv")
    with pytest.raises(StorageError, match="s0 could not be decoded"):
        made(b"no picture").image(at_least=8)
    with pytest.raises(StorageError, match="could not be decoded"):
        made(b"no picture").image()


def test_equal_arrays_are_stacked_and_the_rest_listed() -> None:
    read_only = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    read_only.setflags(write=False)
    stacked = stack(
        [
            {"image": read_only, "label": 1, "text": "a", "mask": None},
            {"image": read_only[::-1], "label": 0, "text": "b", "mask": None},
        ]
    )
    assert (stacked["image"].shape, stacked["image"].dtype) == ((2, 2, 2, 3), torch.uint8)
    batch = assembled(stacked)
    assert batch["image"].dtype == torch.uint8
    assert np.array_equal(batch["image"][1].numpy(), read_only[::-1])
    assert batch["label"].tolist() == [1, 0]
    assert batch["text"] == ["a", "b"]
    assert batch["mask"] == [None, None]


def test_unequal_arrays_are_padded_or_refused() -> None:
    samples = [{"image": np.ones((h, w, 3), np.uint8), "n": h} for h, w in ((2, 5), (4, 3))]
    with pytest.raises(ValueError, match="crop or resize"):
        stack(samples)
    batch = assembled(pad(samples))
    assert tuple(batch["image"].shape) == (2, 4, 5, 3)
    assert batch["image"].sum().item() == 3 * (2 * 5 + 4 * 3)
    assert torch.equal(batch["image_valid"], batch["image"][..., 0] == 1)
    assert batch["n"].tolist() == [2, 4]


def test_samples_can_stay_as_they_are() -> None:
    assert assembled(as_list([{"a": 1}])) == [{"a": 1}]
    assert as_list(({"a": 1}, {"a": 2})) == [{"a": 1}, {"a": 2}]
