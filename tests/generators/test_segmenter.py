"""The segmenter loads a checkpoint as it lies on the hub, and its masks lie where it was asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from generators.contract import CannotForge
from generators.requested_masks import draw_mask, segmenter
from generators.requested_masks.segmenter import segment
from schemas.errors import GeneratorError, MissingExtraError
from schemas.vocabulary import MaskKind
from tests.generators.pictures import make_picture, noise

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

ANY_AREA = (0.001, 0.999)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """So small a model only loses by sharing its work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SAM 2 of 100,000 random weights."""
    backbone = transformers.Sam2HieraDetConfig(
        hidden_size=8,
        image_size=[128, 128],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 1, 2, 4],
        window_size_per_stage=[8, 4, 4, 4],
        global_attention_blocks=[3],
    )
    vision = transformers.Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
        fpn_hidden_size=32,
    )
    config = transformers.Sam2Config(
        vision_config=vision,
        prompt_encoder_config=transformers.Sam2PromptEncoderConfig(hidden_size=32, image_size=128),
        mask_decoder_config=transformers.Sam2MaskDecoderConfig(
            hidden_size=32, mlp_dim=32, num_attention_heads=2, iou_head_hidden_dim=32
        ),
    )
    folder = tmp_path_factory.mktemp("sam2")
    with torch.random.fork_rng():
        torch.manual_seed(4)
        transformers.Sam2Model(config).save_pretrained(folder)
    return folder


@pytest.fixture
def _credulous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights are never sure of anything; here they need not be."""
    monkeypatch.setattr(segmenter, "MIN_OVERLAP", 0.0)
    monkeypatch.setattr(segmenter, "MIN_STABILITY", 0.0)


class Discs:
    """Stands in for the model: around a point discs of three sizes, in a box what fills it."""

    config = SimpleNamespace(prompt_encoder_config=SimpleNamespace(image_size=1024))
    radii = (8.0, 24.0, 90.0)
    overlaps = (0.9, 0.95, 0.99)
    softness = 0.1

    def to(self, _: str) -> Discs:
        return self

    def eval(self) -> Discs:
        return self

    def get_image_embeddings(self, pixel_values: Any) -> list[Any]:
        assert tuple(pixel_values.shape) == (1, 3, 1024, 1024)
        return [pixel_values]

    def __call__(self, image_embeddings: Any, multimask_output: bool, **prompts: Any) -> Any:
        assert multimask_output
        rows, columns = np.mgrid[0:256, 0:256] * 4 + 2.0
        masks = []
        if "input_points" in prompts:
            (points,) = prompts["input_points"].numpy()
            for ((x, y),) in points:
                away = np.hypot(rows - y, columns - x)
                masks.append([(radius - away) / self.softness for radius in self.radii])
        else:
            ((corners,),) = prompts["input_boxes"].numpy()
            x0, y0, x1, y1 = corners
            inside = np.minimum.reduce([columns - x0, x1 - columns, rows - y0, y1 - rows])
            masks.append([inside / self.softness] * 3)
        logits = torch.from_numpy(np.array(masks, np.float32))[None]
        overlaps = torch.tensor([[self.overlaps] * len(masks)])
        return SimpleNamespace(pred_masks=logits, iou_scores=overlaps)


@pytest.fixture
def discs(monkeypatch: pytest.MonkeyPatch) -> Discs:
    model = Discs()
    monkeypatch.setattr(transformers.Sam2Model, "from_pretrained", lambda _, **__: model)
    segmenter._loaded.cache_clear()
    return model


@pytest.mark.usefixtures("_credulous")
def test_a_checkpoint_is_loaded_once_and_gives_the_same_masks_again(checkpoint: Path) -> None:
    segmenter._loaded.cache_clear()
    picture, named = make_picture(noise(90, 130)), f"{checkpoint}@main"
    masks = [
        draw_mask(MaskKind.SEGMENT, picture, seed, ANY_AREA, segmenter=named) for seed in (1, 1, 2)
    ]
    assert segmenter._loaded.cache_info().misses == 1
    assert all(mask.shape == (90, 130) and mask.dtype == np.bool_ for mask in masks)
    assert np.array_equal(masks[0], masks[1])
    place = (10, 20, 60, 40)
    box = segment(picture.pixels, np.random.default_rng(0), ANY_AREA, named, place)
    again = segment(picture.pixels, np.random.default_rng(9), ANY_AREA, named, place)
    assert np.array_equal(box, again)


def test_a_model_that_is_not_sure_gives_no_mask(checkpoint: Path) -> None:
    with pytest.raises(CannotForge) as caught:
        segment(noise(64, 64), np.random.default_rng(0), ANY_AREA, str(checkpoint))
    assert caught.value.reason == "no_segment"


@pytest.mark.parametrize(("height", "width"), [(200, 400), (300, 150)])
def test_masks_lie_where_the_grid_asks_and_have_the_size_asked_for(
    discs: Discs, height: int, width: int
) -> None:
    whole = height * width
    disc = np.pi * 24**2 * (width / 1024) * (height / 1024)
    seen = set()
    for seed in range(12):
        mask = segment(
            noise(height, width),
            np.random.default_rng(seed),
            (0.5 * disc / whole, 1.2 * disc / whole),
            "discs",
        )
        rows, columns = np.nonzero(mask)
        seen.add((round(rows.mean() / height * 4), round(columns.mean() / width * 4)))
        assert np.ptp(rows) == pytest.approx(48 / 1024 * height, abs=3)
        assert np.ptp(columns) == pytest.approx(48 / 1024 * width, abs=3)
    assert len(seen) > 6


def test_a_box_is_filled_where_it_lies(discs: Discs) -> None:
    mask = segment(noise(200, 400), np.random.default_rng(0), ANY_AREA, "discs", (40, 60, 200, 30))
    expected = np.zeros((200, 400), np.bool_)
    expected[60:90, 40:240] = True
    assert (mask ^ expected).sum() < 0.05 * expected.sum()


def test_what_is_unsure_or_unstable_is_passed_over(discs: Discs) -> None:
    rng = np.random.default_rng
    area = (0.0001, 0.5)
    sure = segment(noise(256, 256), rng(1), area, "discs")
    assert sure.mean() == pytest.approx(np.pi * 90**2 / 1024**2, rel=0.1)
    discs.overlaps = (0.9, 0.95, 0.79)
    second = segment(noise(256, 256), rng(1), area, "discs")
    assert second.mean() == pytest.approx(np.pi * 24**2 / 1024**2, rel=0.1)
    discs.softness = 40.0
    with pytest.raises(CannotForge, match="nothing sure"):
        segment(noise(256, 256), rng(1), area, "discs")


def test_a_checkpoint_that_is_not_there_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="name a SAM 2 checkpoint"):
        segment(noise(64, 64), np.random.default_rng(0), ANY_AREA, str(tmp_path / "none"))


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"counterfoil\[ml\]"):
        segment(noise(64, 64), np.random.default_rng(0), ANY_AREA, "any")
