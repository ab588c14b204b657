"""Edits that went through a model are found where they are, whatever else the model did."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from benchmarks import tiny_autoencoder
from benchmarks.edited_pairs import (
    EDITS,
    Model,
    Pair,
    blob,
    make_pair,
    resampling,
    soft_jpeg,
)
from curation.masks.gate import check
from curation.masks.observed import NoiseFloor, agreement, observe
from curation.masks.registration import Registration
from schemas.picture import Mask, Pixels
from schemas.recipe.curate import MaskLimits
from schemas.vocabulary import Scope

MODELS: dict[str, Model] = {"resampling": resampling, "soft jpeg": soft_jpeg}
NAMES = ("astronaut", "coffee", "chelsea", "rocket")


def picture(name: str) -> Pixels:
    pixels = np.asarray(getattr(data, name)())[:, :, :3]
    return np.asarray(cv2.resize(pixels, (320, 256), interpolation=cv2.INTER_AREA), np.uint8)


def overlap(one: Mask, other: Mask) -> float:
    both = agreement(None, one, other).applied_observed
    assert both is not None
    return both


def found(pair: Pair) -> float:
    seen = observe(pair.source, pair.image, None, noise=NoiseFloor.MODEL)
    assert seen.registration is not None
    assert seen.registration.confident
    return overlap(pair.truth, seen.mask)


@pytest.mark.parametrize("model", MODELS)
def test_edits_are_found_after_shift_scale_and_rendering(model: str) -> None:
    overlaps = []
    for index, name in enumerate(NAMES):
        for step, edit in enumerate(EDITS):
            if edit == "inpaint":
                continue  # Filled in by patches, which takes long; the benchmark has it.
            frame = ("moved", "larger", "cropped", "padded")[(index + step) % 4]
            other = picture(NAMES[(index + 1) % len(NAMES)])
            pair = make_pair(picture(name), other, edit, MODELS[model], frame, seed=index)
            overlaps.append(found(pair))
    assert np.mean(overlaps) >= 0.85
    assert min(overlaps) >= 0.6


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", NAMES)
def test_rendering_alone_is_no_change(name: str, model: str) -> None:
    source = picture(name)
    pair = make_pair(source, source, "none", MODELS[model], "moved", seed=1)
    seen = observe(source, pair.image, None, noise=NoiseFloor.MODEL)
    assert seen.changed_area < 0.002


def test_large_edit_is_not_taken_for_noise() -> None:
    source, rng = picture("coffee"), np.random.default_rng(4)
    region = blob((256, 320), 0.5, rng)
    image = resampling(np.where(region[..., None], picture("astronaut"), source), rng)
    seen = observe(source, image, None, noise=NoiseFloor.MODEL)
    assert overlap(region, seen.mask) > 0.85


def test_figures_of_an_editor_that_ignored_its_mask() -> None:
    source = picture("astronaut")
    pair = make_pair(source, picture("coffee"), "colour", soft_jpeg, "moved", seed=2)
    asked = np.zeros(source.shape[:2], np.bool_)
    free = np.argwhere(~cv2.dilate(pair.truth.astype(np.uint8), np.ones((61, 61))).astype(bool))
    asked[tuple(free[0])] = True
    asked = cv2.dilate(asked.astype(np.uint8), np.ones((9, 9))).astype(np.bool_)
    seen = observe(source, pair.image, asked, noise=NoiseFloor.MODEL)
    assert seen.outside == 1.0
    assert seen.applied_changed == 0.0
    assert seen.differing_outside is None
    assert seen.threshold > 0
    assert seen.magnitude > 10
    size = (source.shape[0], source.shape[1])
    assert check(pair.image, seen, Scope.REGENERATED, MaskLimits(), source_size=size) == ()


def test_what_shows_no_source_is_no_change() -> None:
    source = picture("coffee")
    image = np.roll(source, 8, axis=1)
    image[:, :8] = 0
    seen = observe(
        source, resampling(image, np.random.default_rng(0)), None, noise=NoiseFloor.MODEL
    )
    assert not seen.mask.any()


def test_known_registration_is_used_and_must_fit() -> None:
    source = picture("coffee")
    where = Registration(np.eye(2, 3), (256, 320), (256, 320), False, 1.0, 0.0, 0.0, True)
    seen = observe(source, source, None, noise=NoiseFloor.MODEL, registration=where)
    assert seen.registration is where
    assert not seen.mask.any()
    with pytest.raises(ValueError, match="registration"):
        observe(source, source[:-1], None, noise=NoiseFloor.MODEL, registration=where)


def test_learned_autoencoder_and_latent_noise(shared_data: Path) -> None:
    pytest.importorskip("torch")
    files = sorted((shared_data / "photos_lossless").iterdir())[:3]
    pictures = []
    for file in files:
        with Image.open(file) as image:
            pictures.append(np.asarray(image.convert("RGB").resize((240, 192))))
    overlaps = []
    for index, noise in enumerate((0.0, 0.3)):
        model = tiny_autoencoder.load(shared_data / tiny_autoencoder.FOLDER, noise)
        one, other = pictures[index], pictures[(index + 1) % 3]
        overlaps.append(found(make_pair(one, other, "paste", model, "moved", seed=index)))
        clean = make_pair(one, other, "none", model, "moved", seed=index)
        seen = observe(one, clean.image, None, noise=NoiseFloor.MODEL)
        assert seen.changed_area < 0.01
    assert np.mean(overlaps) > 0.85
