"""Learned embeddings by tiny models with random weights, loaded as any checkpoint is."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from skimage import data

from curation.embeddings.embedder import Embedder
from curation.embeddings.preprocessing import Preprocessing
from schemas.errors import MissingExtraError, StorageError
from schemas.picture import Pixels

SIDE = 56
_SHAPE: dict[str, Any] = {
    "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": SIDE,
    "patch_size": 14,
}  # fmt: skip


def clip() -> Any:
    text: dict[str, Any] = {
        "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 99,
        "intermediate_size": 16,
    }  # fmt: skip
    vision = _SHAPE | {"intermediate_size": 16}
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)
    return transformers.CLIPModel(config)


def dinov2() -> Any:
    return transformers.Dinov2Model(transformers.Dinov2Config(**_SHAPE))


def dinov2_with_registers() -> Any:
    config = transformers.Dinov2WithRegistersConfig(**_SHAPE, num_register_tokens=2)
    return transformers.Dinov2WithRegistersModel(config)


def dinov3() -> Any:
    config = transformers.DINOv3ViTConfig(**_SHAPE, intermediate_size=16, num_register_tokens=2)
    return transformers.DINOv3ViTModel(config)


def dinov3_convnext() -> Any:
    config = transformers.DINOv3ConvNextConfig(
        hidden_sizes=[8, 8, 8, 16], depths=[1, 1, 1, 1], image_size=SIDE
    )
    return transformers.DINOv3ConvNextModel(config)


KINDS = (clip, dinov2, dinov2_with_registers, dinov3, dinov3_convnext)
_PREPROCESSING = {
    "size": {"shortest_edge": 64},
    "crop_size": {"height": SIDE, "width": SIDE},
    "do_center_crop": True,
    "resample": 3,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.25, 0.25, 0.25],
}


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return _saved(request.param, tmp_path)


def _saved(kind: Callable[[], Any], folder: Path) -> Path:
    torch.manual_seed(1)
    kind().save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(_PREPROCESSING))
    return folder


def photograph(name: str) -> Pixels:
    pixels: Pixels = getattr(data, name)()
    return pixels


def pictures() -> list[Pixels]:
    shown = [
        photograph("astronaut"),
        photograph("coffee"),
        photograph("chelsea"),
        photograph("rocket"),
    ]
    return [*shown, shown[0][:-3, 2:]]


def test_every_kind_gives_unit_vectors_that_depend_on_the_picture_alone(checkpoint: Path) -> None:
    embedder = Embedder(str(checkpoint), device="cpu", batch=2)
    blocks = list(embedder.embed(pictures()))
    vectors = np.concatenate(blocks)
    assert [len(block) for block in blocks] == [2, 2, 1]
    assert vectors.dtype == np.float16
    assert vectors.shape[0] == 5
    np.testing.assert_allclose(np.linalg.norm(vectors.astype(float), axis=1), 1, atol=2e-3)
    (alone,) = embedder.embed([pictures()[3]])
    np.testing.assert_allclose(alone[0], vectors[3], atol=1e-3)
    alike = vectors.astype(float) @ vectors.T.astype(float)
    assert alike[0, 4] > max(alike[0, 1:4])
    assert "torchvision" not in sys.modules


def test_it_is_the_models_own_answer(tmp_path: Path) -> None:
    embedder = Embedder(str(_saved(dinov2, tmp_path)), device="cpu", batch=1)
    model = transformers.AutoModel.from_pretrained(tmp_path).eval()
    values = torch.from_numpy(embedder.preprocessing.apply(photograph("coffee")))[None]
    with torch.inference_mode():
        answer = model(pixel_values=values).pooler_output[0].numpy()
    (block,) = embedder.embed([photograph("coffee")])
    np.testing.assert_allclose(block[0], answer / np.linalg.norm(answer), atol=1e-3)


def test_half_precision_is_near(tmp_path: Path) -> None:
    _saved(clip, tmp_path)
    whole, half = (
        np.concatenate(list(Embedder(str(tmp_path), device="cpu", dtype=dtype).embed(pictures())))
        for dtype in ("float32", "bfloat16")
    )
    np.testing.assert_allclose(whole, half, atol=0.05)
    assert whole.shape == (5, 12)


def test_preprocessing_is_what_the_checkpoint_says() -> None:
    apart = np.zeros((40, 80, 3), np.uint8)
    apart[:, 40:] = 255
    cut = Preprocessing.of(_PREPROCESSING, "clip", SIDE).apply(apart)
    assert cut.shape == (3, SIDE, SIDE)
    assert cut.dtype == np.float32
    # 0..1 less a mean of 0.5 by a deviation of 0.25; the picture's middle, neither side cut more.
    assert (cut[:, :, 0].max(), cut[:, :, -1].min()) == (-2, 2)
    assert np.allclose(cut, -cut[:, :, ::-1], atol=0.05)
    stretched = Preprocessing.of({"size": {"height": 10, "width": 20}}, "dinov3_vit", SIDE)
    assert stretched.apply(apart).shape == (3, 10, 20)
    usual = Preprocessing.of({}, "dinov2", SIDE)
    assert usual.size == (SIDE, SIDE)
    assert usual.mean != Preprocessing.of({}, "clip", SIDE).mean
    with pytest.raises(StorageError, match="not understood"):
        Preprocessing.of({"size": {"longest_edge": 9}}, "clip", SIDE)


def test_what_cannot_be_loaded_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"name a CLIP or DINO checkpoint"):
        Embedder(str(tmp_path))
    config = transformers.BertConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        vocab_size=99,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(tmp_path)
    with pytest.raises(StorageError, match="looks at no pictures"):
        Embedder(str(tmp_path))


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    imported = builtins.__import__

    def refusing(name: str, *rest: Any) -> Any:
        if name == "torch":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(MissingExtraError, match=r"counterfoil\[ml\]"):
        Embedder(str(tmp_path))
