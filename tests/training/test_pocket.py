"""The pocket checkpoint: its training steps on tiny sizes, and the weights that are shipped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from schemas.errors import StorageError
from sources.packaged import PICTURES, packaged_bytes

pytest.importorskip("torch", reason="the extra `ml` is not installed")
pytest.importorskip("diffusers", reason="the extra `ml` is not installed")

import torch

from training.pocket.architecture import Architecture, build_autoencoder
from training.pocket.autoencoder import reconstruction_distance, train_autoencoder
from training.pocket.crops import Crops, as_pixels, as_tensor
from training.pocket.denoiser import build_scheduler, train_denoiser, untrained
from training.pocket.export import MOST_BYTES, export, size_of
from training.pocket.latents import Latents, encode_crops, standardise
from training.pocket.libraries import diffusers
from training.pocket.linear_start import start_linear
from training.pocket.measure import reconstruct
from training.pocket.photographs import (
    PACKAGED_HELD_OUT,
    Photograph,
    Use,
    decode,
    folder_photographs,
    packaged_photographs,
)
from training.pocket.phrases import Looks, looks_of, phrase, words
from training.pocket.session import Session, rate_at
from training.pocket.vocabulary import build_tokenizer

SHIPPED = Path(__file__).parents[2] / "generators/diffusion/pocket"
TINY = Architecture(
    (16, 20, 24), (8, 8, 8), text_width=8, text_layers=1, autoencoder_groups=4, groups=4
)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def scenes() -> list[Photograph]:
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    red = np.stack([np.tile(ramp, (64, 1)), np.full((64, 64), 40), np.full((64, 64), 20)], 2)
    return [Photograph("red", "CC0-1.0", Use.TRAIN, False, red.astype(np.uint8))]


@pytest.fixture(scope="module")
def shipped() -> Any:
    pipeline = diffusers.DiffusionPipeline.from_pretrained(SHIPPED)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.fixture(scope="module")
def coffee() -> np.ndarray[Any, np.dtype[np.uint8]]:
    (found,) = (picture for picture in PICTURES if picture.name == "coffee")
    return decode(packaged_bytes(found))


def test_a_manifest_lets_in_what_its_licence_allows(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8, 3), np.uint8))
    good = {"kind": "photo", "role": "authentic", "status": "OK", "licence": "MIT"}
    rows = [
        {**good, "file": "b.png"},
        {**good, "file": "c.png", "licence": "CC-BY-SA-4.0"},
        {**good, "file": "d.png", "status": "doubtful"},
        {**good, "file": "e.png", "role": "generated"},
        {**good, "file": "f.png", "kind": "face"},
        {**good, "file": "a.png", "licence": "CC0-1.0"},
    ]
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    shutil.copy(tmp_path / "a.png", tmp_path / "b.png")
    assert [(p.name, p.licence) for p in folder_photographs(tmp_path)] == [
        ("a.png", "CC0-1.0"),
        ("b.png", "MIT"),
    ]


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"manifest\.jsonl"):
        list(folder_photographs(tmp_path))


def test_what_is_measured_on_is_not_trained_on() -> None:
    pictures = list(packaged_photographs())
    held_out = {p.name for p in pictures if p.use is Use.MEASURE}
    assert held_out == {f"scikit-image/{name}.png" for name in PACKAGED_HELD_OUT}
    crops = Crops([p for p in pictures if p.use is Use.TRAIN][:1], 32, 0)
    assert crops.batch(2).shape == (2, 3, 32, 32)
    with pytest.raises(ValueError, match="No photograph"):
        Crops([p for p in pictures if p.use is Use.MEASURE], 32, 0)


def test_pixels_survive_the_way_to_tensors_and_back() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    assert np.array_equal(as_pixels(as_tensor(pixels)), pixels)


def test_every_word_of_a_phrase_is_one_token_and_any_text_can_be_spelt() -> None:
    tokenizer = build_tokenizer(words())
    assert all(len(tokenizer(word).input_ids) == 3 for word in words())
    assert tokenizer.decode(tokenizer("Zebra, é 漢").input_ids[1:-1]) == "zebra , é 漢"


def test_looks_are_those_of_the_picture() -> None:
    blue = np.full((32, 32, 3), (10, 20, 90), np.uint8)
    assert looks_of(blue, False) == Looks("photograph", "dark", "smooth", "purple")
    noise = np.random.default_rng(0).integers(150, 256, (32, 32, 1), np.uint8).repeat(3, 2)
    assert looks_of(noise, True) == Looks("document", "bright", "detailed", "grey")
    said = {phrase(looks_of(noise, True), np.random.default_rng(seed)) for seed in range(30)}
    assert len(said) > 15
    assert not any("dark" in one or "photo" in one for one in said)


def test_a_grey_copy_is_farther_than_a_blurred_one(
    coffee: np.ndarray[Any, np.dtype[np.uint8]],
) -> None:
    grey = coffee.mean(2, keepdims=True).repeat(3, 2).astype(np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(coffee, (0, 0), 2), np.uint8)
    picture, without_colour, soft = (as_tensor(p[None]) for p in (coffee, grey, blurred))
    assert reconstruction_distance(picture, picture) == 0
    assert reconstruction_distance(without_colour, picture) > 2 * reconstruction_distance(
        soft, picture
    )


def test_the_linear_start_keeps_colours_before_any_training(
    coffee: np.ndarray[Any, np.dtype[np.uint8]],
) -> None:
    torch.manual_seed(0)
    model = build_autoencoder(TINY).eval()
    before = coffee[:128, 200:328]
    without = _noise_ratio(before, reconstruct(model, before))
    start_linear(model)
    assert _noise_ratio(before, reconstruct(model, before)) > max(20, without + 6)


def test_the_autoencoder_learns_and_goes_on_after_a_kill(
    scenes: list[Photograph], tmp_path: Path
) -> None:
    picture = as_tensor(scenes[0].pixels[None, :32, :32])

    def error(steps: int) -> float:
        session = Session(tmp_path / "state.pt", 10, max_steps=steps)
        model = train_autoencoder(scenes, TINY, session, CPU, side=32, batch=2)
        with torch.no_grad():
            return float((model(picture).sample - picture).abs().mean())

    first, second = error(2), error(60)
    assert second < 0.8 * first
    assert torch.load(tmp_path / "state.pt", weights_only=True)["step"] == 60


def test_standardised_latents_decode_to_the_same_picture() -> None:
    torch.manual_seed(0)
    model = build_autoencoder(TINY).eval()
    picture = torch.rand(1, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        before = model.encode(picture).latent_dist
        decoded = model.decode(before.mean).sample
        mean, spread = before.mean.mean((0, 2, 3)), before.mean.std((0, 2, 3))
        standardise(model, mean, spread)
        after = model.encode(picture).latent_dist
        assert torch.allclose(after.mean.mean((0, 2, 3)), torch.zeros(4), atol=1e-4)
        assert torch.allclose(after.mean.std((0, 2, 3)), torch.ones(4), atol=1e-3)
        assert torch.allclose(after.std * spread[:, None, None], before.std, rtol=1e-3)
        assert torch.allclose(model.decode(after.mean).sample, decoded, atol=1e-4)


def test_the_denoiser_learns(tmp_path: Path) -> None:
    pattern = torch.tensor([1.0, -1.0, -1.0, 1.0])[:, None, None].expand(4, 16, 16)
    looks = Looks("photograph", "dark", "", "blue")
    session = Session(tmp_path / "state.pt", 10, max_steps=40)
    made = Latents(pattern.expand(4, 4, 16, 16).half(), (looks,) * 4)
    parts = train_denoiser(made, TINY, session, CPU, batch=4, rate=1e-2)
    assert _error_of_guess(parts, pattern[None], 500) < 0.85


def test_an_export_is_the_same_twice_and_loads(scenes: list[Photograph], tmp_path: Path) -> None:
    torch.manual_seed(0)
    parts = untrained(TINY)
    model = build_autoencoder(TINY)
    latents = encode_crops(model, scenes, CPU, count=2, side=32)
    assert latents.values.shape == (2, 4, 8, 8)
    for name in ("one", "two"):
        assert export(model, parts, tmp_path / name) == size_of(tmp_path / name)
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*.*"))
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    pipeline = diffusers.DiffusionPipeline.from_pretrained(tmp_path / "one")
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline("a photo", height=32, width=32, num_inference_steps=1, output_type="np")
    assert made.images.shape == (1, 32, 32, 3)


def test_the_rate_warms_up_and_cools_down() -> None:
    rates = [rate_at(share, 1.0) for share in (0, 0.02, 0.5, 1)]
    assert rates[0] < 0.01
    assert rates[1] == pytest.approx(1)
    assert rates[1] > rates[2] > rates[3] == pytest.approx(0.01)


def test_the_shipped_checkpoint_is_small() -> None:
    assert size_of(SHIPPED) <= MOST_BYTES


def test_the_shipped_autoencoder_gives_an_unseen_photograph_back(
    shipped: Any, coffee: np.ndarray[Any, np.dtype[np.uint8]]
) -> None:
    before = coffee[:256, :256]
    assert _noise_ratio(before, reconstruct(shipped.vae, before)) > 24


def test_the_shipped_denoiser_beats_a_guess(
    shipped: Any, coffee: np.ndarray[Any, np.dtype[np.uint8]]
) -> None:
    picture = as_tensor(cv2.resize(coffee[:384, :384], (192, 192))[None].astype(np.uint8))
    with torch.no_grad():
        clean = shipped.vae.encode(picture).latent_dist.mean
    assert 0.5 < float(clean.std()) < 2
    assert _error_of_guess(shipped, clean, 500) < 0.6


def _error_of_guess(parts: Any, clean: torch.Tensor, time: int) -> float:
    """The squared error of the guessed velocity, as a share of what guessing nothing errs."""
    scheduler, times = build_scheduler(), torch.tensor([time])
    ids = parts.tokenizer("a photograph", padding="max_length", return_tensors="pt").input_ids
    noise = torch.randn(clean.shape, generator=_seeded())
    target = scheduler.get_velocity(clean, noise, times)
    with torch.no_grad():
        noisy = scheduler.add_noise(clean, noise, times)
        guess = parts.unet(noisy, times, parts.text_encoder(ids)[0]).sample
    return float((guess - target).square().mean() / target.square().mean())


def _seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _noise_ratio(
    before: np.ndarray[Any, np.dtype[np.uint8]], after: np.ndarray[Any, np.dtype[np.uint8]]
) -> float:
    return float(10 * np.log10(255**2 / ((after.astype(float) - before) ** 2).mean()))
