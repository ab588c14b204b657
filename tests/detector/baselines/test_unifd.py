"""UniFD looks at the middle of a picture with a frozen CLIP, once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    CLIPConfig,
    CLIPModel,
    CLIPVisionConfig,
    CLIPVisionModel,
)

from detector.baselines.clip_embedding import ClipEmbedding, centre_crop
from detector.baselines.registry import fit_baseline
from detector.evaluation.contract import TestPicture
from detector.model.preprocessing import CLIP_MEAN, CLIP_STD
from detector.probes.contract import Features
from schemas.errors import CounterfoilError, DatasetError
from schemas.picture import Pixels
from storage.codecs import encode_png
from tests.detector.baselines.made_sets import (
    Maker,
    made_picture,
    probabilities,
    smooth_noise,
    upsampling_set,
)

SIDE = 32
_VISION: dict[str, Any] = {
    "hidden_size": 24,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": 8,
}


def tiny_clip(folder: Path, seed: int = 0) -> None:
    """A random CLIP of a few thousand weights, saved as any other."""
    text = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "vocab_size": 50,
        "bos_token_id": 0,
        "eos_token_id": 1,
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CLIPModel(CLIPConfig(text_config=text, vision_config=_VISION, projection_dim=12))
    model.save_pretrained(folder)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("clip")
    tiny_clip(folder)
    return str(folder)


def test_the_embedding_is_the_projected_class_token(
    checkpoint: str, rng: np.random.Generator
) -> None:
    """Against the whole model's own, of a picture that was normalised by hand."""
    picture = smooth_noise(rng, SIDE)
    extractor = ClipEmbedding(checkpoint)
    scaled = (picture / 255 - np.array(CLIP_MEAN)) / np.array(CLIP_STD)
    pixels = torch.tensor(scaled.transpose(2, 0, 1)[None], dtype=torch.float32)
    model = CLIPModel.from_pretrained(checkpoint).eval()
    with torch.no_grad():
        token = model.vision_model(pixel_values=pixels).pooler_output
        expected = model.visual_projection(token).numpy()
    assert extractor.extract([picture]).shape == (1, 12)
    assert np.abs(extractor.extract([picture]) - expected).max() < 1e-5


def test_the_middle_is_looked_at_without_resizing(
    checkpoint: str, rng: np.random.Generator
) -> None:
    large = smooth_noise(rng, SIDE + 20)
    middle = large[10:-10, 10:-10]
    changed = large.copy()
    changed[:5] = 0
    extractor = ClipEmbedding(checkpoint)
    one, other, third = (extractor.extract([picture])[0] for picture in (large, middle, changed))
    assert np.array_equal(one, other)
    assert np.array_equal(one, third)
    small = centre_crop(np.full((3, 40, 3), 9, np.uint8), 8)
    assert small.shape == (8, 8, 3)
    assert small[2:5].min() == 9
    assert small[:2].max() == 0
    assert small[5:].max() == 0


def dark_fakes(count: int, seed: int) -> list[TestPicture]:
    """One in four is a forgery, and at half the brightness: even a random network sees that."""
    rng = np.random.default_rng(seed)
    return [
        made_picture(
            place, place % 4 == 0, encode_png(smooth_noise(rng, 48) // (1 + (place % 4 == 0)))
        )
        for place in range(count)
    ]


def test_it_learns_is_named_after_its_checkpoint_and_refits_agree(
    checkpoint: str, streamed: Maker
) -> None:
    pictures = dark_fakes(48, 0)
    told: list[tuple[int, int]] = []
    fits = [
        fit_baseline(
            f"unifd={checkpoint}",
            streamed(pictures),
            seed=0,
            progress=lambda done, of: told.append((done, of)),
        )
        for _ in range(2)
    ]
    assert fits[0].name == f"unifd-{checkpoint.rpartition('/')[2]}"
    assert told == [(48, 48), (48, 48)]
    held_out = dark_fakes(60, 1)
    said = [probabilities(fit, held_out) for fit in fits]
    assert said[0] == said[1]
    assert [one > 0.5 for one in said[0]] == [picture.fake for picture in held_out]


def test_features_are_kept_by_pictures_and_weights(
    checkpoint: str, streamed: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = upsampling_set(70, 0, side=32)
    looked: list[int] = []
    extract = ClipEmbedding.extract

    def counting(self: ClipEmbedding, some: Sequence[Pixels]) -> Features:
        looked.append(len(some))
        return extract(self, some)

    monkeypatch.setattr(ClipEmbedding, "extract", counting)

    def fitted(folder: str) -> list[float]:
        looked.clear()
        model = fit_baseline(f"unifd={folder}", streamed(pictures), seed=0, cache=tmp_path / "kept")
        return probabilities(model, pictures[:64])

    first = fitted(checkpoint)
    assert sum(looked) == 70  # Those that were learnt from are not looked at again.
    assert fitted(checkpoint) == first
    assert not looked
    other = tmp_path / "other"
    tiny_clip(other, seed=1)
    assert fitted(str(other)) != first
    assert sum(looked) == 70
    pictures[69] = made_picture(69, False, encode_png(smooth_noise(np.random.default_rng(5), 32)))
    fitted(checkpoint)
    assert sum(looked) == 6
    for path in (tmp_path / "kept").rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:90])
    fitted(checkpoint)
    assert sum(looked) == 70


def test_a_checkpoint_that_is_not_there_is_explained(streamed: Maker, tmp_path: Path) -> None:
    with pytest.raises(CounterfoilError, match=r"could not be loaded.*Name a folder.*download"):
        fit_baseline(f"unifd={tmp_path}", streamed(upsampling_set(24, 0, side=32)), seed=0)


def test_another_kind_of_checkpoint_is_refused(tmp_path: Path) -> None:
    BertConfig().save_pretrained(tmp_path)
    with pytest.raises(CounterfoilError, match="no CLIP checkpoint but bert"):
        ClipEmbedding(str(tmp_path))


def test_a_clip_without_its_projection_is_refused(tmp_path: Path) -> None:
    CLIPVisionModel(CLIPVisionConfig(**_VISION)).save_pretrained(tmp_path)
    with pytest.raises(CounterfoilError, match="visual_projection"):
        ClipEmbedding(str(tmp_path))


def test_too_few_pictures_are_refused_before_anything_is_looked_at(
    checkpoint: str, streamed: Maker
) -> None:
    with pytest.raises(DatasetError, match="At least 10"):
        fit_baseline(f"unifd={checkpoint}", streamed(upsampling_set(8, 0, side=32)), seed=0)
