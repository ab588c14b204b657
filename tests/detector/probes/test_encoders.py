"""Encoders look through windows at the picture's own resolution; a detector by its own eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    Dinov2Config,
    Dinov2Model,
)

from detector.model.checkpoints import build, save_pretrained
from detector.model.tiny import tiny_config
from detector.probes.encoders import MOST_ALONG, _windows
from detector.probes.registry import extractor_named

_SMALL: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}


def pictures() -> list[npt.NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, size, np.uint8) for size in ((40, 60, 3), (20, 90, 3))]


def test_clip_and_dino_by_folder(tmp_path: Path) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        clip = CLIPVisionModelWithProjection(
            CLIPVisionConfig(**_SMALL, intermediate_size=16, projection_dim=8)
        )
        dino = Dinov2Model(Dinov2Config(**_SMALL, mlp_ratio=1))
    clip.save_pretrained(tmp_path / "clip")
    dino.save_pretrained(tmp_path / "dino")
    widths = {"clip": 2 * 8, "dino": 2 * 2 * 16}
    for kind, width in widths.items():
        extractor = extractor_named(f"{kind}:{tmp_path / kind}")
        assert not extractor.spreads
        found = extractor.extract(pictures())
        assert found.shape == (2, width)
        assert found.dtype == np.float32
        alone = extractor.extract(pictures()[1:])
        np.testing.assert_allclose(found[1:], alone, atol=1e-5)
        # The second half is the maximum over the windows, the first their mean.
        assert (found[:, width // 2 :] >= found[:, : width // 2] - 1e-6).all()
    known = extractor_named(f"clip:{tmp_path / 'clip'}").identity
    clip.visual_projection.weight.data += 1
    clip.save_pretrained(tmp_path / "clip")
    assert extractor_named(f"clip:{tmp_path / 'clip'}").identity != known


@pytest.mark.parametrize("size", [(28, 28), (10, 40), (29, 57), (300, 90)])
def test_windows_cover_small_pictures_and_sample_large_ones(size: tuple[int, int]) -> None:
    ramp = np.arange(size[0] * size[1], dtype=np.int64).reshape(size)
    picture = np.stack([ramp % 251, ramp // 251 % 251, ramp // 251 // 251], axis=-1)
    found = _windows(picture.astype(np.uint8), 28)
    assert found.shape[1:] == (28, 28, 3)
    assert len(found) <= MOST_ALONG**2
    if max(size) <= 28 * MOST_ALONG:
        seen = {tuple(pixel) for pixel in found.reshape(-1, 3).tolist()}
        assert {tuple(pixel) for pixel in picture.reshape(-1, 3).tolist()} <= seen


def test_a_trained_detector_by_folder(tmp_path: Path) -> None:
    detector = build(tiny_config(), seed=1)
    save_pretrained(detector, tmp_path)
    extractor = extractor_named(f"detector:{tmp_path}")
    found = extractor.extract(pictures())
    assert found.shape == (2, 2 * 32)
    assert np.isfinite(found).all()
    assert not np.allclose(found[0], found[1])
    other = tmp_path / "other"
    save_pretrained(build(tiny_config(), seed=2), other)
    assert extractor_named(f"detector:{other}").identity != extractor.identity
