"""NPR is what was published, tells up-sampled pictures, and is trained once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from detector.baselines import npr
from detector.baselines.crops import at_least, endless_crops
from detector.baselines.npr import NprOptions, fit_npr
from detector.baselines.npr_network import NprNetwork, neighbouring_relations
from detector.baselines.registry import fit_baseline
from detector.evaluation.contract import Predictor, TestPicture
from storage.codecs import encode_png
from tests.detector.baselines.made_sets import (
    Maker,
    made_picture,
    probabilities,
    smooth_noise,
    upsampling_set,
)

TINY = NprOptions(width=8, depths=(1, 1), side=64, batch=16, passes=1, least_steps=60, rate=5e-3)


def shares_right(fitted: Predictor, pictures: list[TestPicture]) -> tuple[float, float]:
    """Accuracies on reals and on fakes at 0.5."""
    told = np.array(probabilities(fitted, pictures)) > 0.5
    fake = np.array([picture.fake for picture in pictures])
    return float((~told[~fake]).mean()), float(told[fake].mean())


@pytest.mark.parametrize(("height", "width"), [(8, 8), (9, 12), (7, 5)])
def test_the_residual_is_the_published_one(height: int, width: int) -> None:
    pixels = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(1))
    even = pixels[..., : height // 2 * 2, : width // 2 * 2]
    small = functional.interpolate(even, scale_factor=0.5, mode="nearest")
    large = functional.interpolate(small, scale_factor=2.0, mode="nearest")
    assert torch.equal(neighbouring_relations(pixels), even - large)


def test_the_network_has_the_published_layers() -> None:
    """Counted from ResNet-50's table: bottlenecks of 64 and 128, three and four of them."""
    stem = 3 * 3 * 3 * 64 + 2 * 64

    def bottleneck(before: int, inner: int, first: bool) -> int:
        after = 4 * inner
        convolutions = before * inner + 9 * inner * inner + inner * after
        norms = 2 * (inner + inner + after)
        shortcut = before * after + 2 * after if first else 0
        return convolutions + norms + shortcut

    one = bottleneck(64, 64, True) + 2 * bottleneck(256, 64, False)
    two = bottleneck(256, 128, True) + 3 * bottleneck(512, 128, False)
    network = NprNetwork()
    assert sum(weights.numel() for weights in network.parameters()) == stem + one + two + 512 + 1
    strides = [
        module.stride[0]
        for module in network.modules()
        if isinstance(module, torch.nn.Conv2d) and module.stride != (1, 1)
    ]
    assert strides == [2, 2, 2]  # The stem; the second stage's shortcut and its 3 x 3.
    assert network.body.embedder.embedder.convolution.kernel_size == (3, 3)


def test_it_sees_nothing_but_the_residual() -> None:
    network = NprNetwork(8, (1, 1)).eval()
    flat = torch.full((1, 3, 32, 32), 40, dtype=torch.uint8)
    with torch.no_grad():
        assert torch.equal(network(flat), network(flat + 100))


def test_it_tells_upsampled_pictures_from_an_unbalanced_sorted_set(
    streamed: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npr, "SMALL", TINY)
    told: list[tuple[int, int]] = []
    fitted = fit_baseline(
        "npr=small",
        streamed(upsampling_set(60, 0, fakes=0.25)),
        seed=0,
        progress=lambda done, of: told.append((done, of)),
    )
    held_out = upsampling_set(40, 1)
    assert min(shares_right(fitted, held_out)) > 0.9
    assert fitted.name == "npr-small"
    assert told == [(step, 60) for step in range(1, 61)]


def test_an_equal_training_gives_equal_bits_and_is_read_from_the_cache(
    streamed: Maker, tmp_path: Path
) -> None:
    pictures = upsampling_set(24, 0)
    short = NprOptions(width=8, depths=(1, 1), side=32, batch=8, passes=1, least_steps=4)
    trained: list[int] = []

    def fitted(cache: Path | None = None, seed: int = 0) -> list[float]:
        trained.clear()
        model = fit_npr(
            streamed(pictures),
            name="npr",
            options=short,
            seed=seed,
            cache=cache,
            progress=lambda done, of: trained.append(done),
        )
        return probabilities(model, pictures)

    torch.manual_seed(5)
    first = fitted()
    torch.manual_seed(6)
    before = torch.random.get_rng_state()
    assert fitted(tmp_path) == first
    assert torch.equal(torch.random.get_rng_state(), before)
    assert trained
    assert fitted(tmp_path) == first
    assert not trained
    assert fitted(tmp_path, seed=1) != first
    assert trained
    pictures[0] = made_picture(0, True, pictures[-1].encoded)
    assert fitted(tmp_path) != first
    assert trained


def test_pictures_smaller_than_a_crop_and_odd_ones_are_answered(rng: np.random.Generator) -> None:
    model = npr.Npr("npr", NprNetwork(8, (1, 1)).eval(), TINY)
    pictures = [
        made_picture(place, False, encode_png(smooth_noise(rng, 80)[:height, :width]))
        for place, (height, width) in enumerate([(1, 1), (17, 70), (71, 73)])
    ]
    assert all(0 <= one <= 1 for one in probabilities(model, pictures))
    answer = next(model.predict([made_picture(9, True, b"broken")]))
    assert answer.probability is None
    assert "p0009" in answer.problem


def test_crops_come_from_one_class_for_ever_and_from_everywhere(
    streamed: Maker, rng: np.random.Generator
) -> None:
    """Each picture has a colour of its own; the red channel tells the column."""
    pictures = []
    for place in range(6):
        pixels = np.zeros((20, 40, 3), np.uint8)
        pixels[..., 0], pixels[..., 1] = np.arange(40), place
        pictures.append(made_picture(place, place % 2 == 1, encode_png(pixels)))
    stream = endless_crops(streamed(pictures), True, 3, 16, rng)
    crops = [next(stream) for _ in range(300)]
    assert {int(crop[0, 0, 1]) for crop in crops} == {1, 3, 5}
    left = [int(crop[0, :, 0].min()) for crop in crops]
    assert min(left) == 0
    assert max(left) == 24
    mirrored = np.mean([crop[0, 0, 0] > crop[0, 1, 0] for crop in crops])
    assert 0.35 < mirrored < 0.65


def test_a_small_picture_is_continued_by_its_mirror_image(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (5, 7, 3), np.uint8)
    large = at_least(pixels, 8)
    assert large.shape == (8, 8, 3)
    assert np.array_equal(large[:5, :7], pixels)
    assert np.array_equal(large[5], large[4])
    assert at_least(pixels, 5) is pixels
