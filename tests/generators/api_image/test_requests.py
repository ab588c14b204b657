"""Sizes, uploads and answers: what is sent fits the model, and what comes back is looked at."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from endpoints.errors import EndpointError
from generators.api_image.answer import read_answer
from generators.api_image.models import MODELS, nearest_size, parse_size, size_problem
from generators.api_image.options import ApiEditOptions, ApiGenerateOptions
from generators.api_image.upload import upload, upload_mask
from generators.contract import CannotForge
from storage.codecs import decode
from tests.generators.pictures import noise


def png(image: Image.Image, **extra: Any) -> str:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", **extra)
    return base64.b64encode(buffer.getvalue()).decode()


@given(st.sampled_from(sorted(MODELS)), st.integers(1, 9_000), st.integers(1, 9_000))
def test_every_picture_has_a_size_that_its_model_draws(model: str, width: int, height: int) -> None:
    size = nearest_size(model, (width, height))
    assert size_problem(model, size) == ""
    assert width <= 1.3 * height or size[0] > size[1]


def test_sizes_near_the_source() -> None:
    assert nearest_size("gpt-image-1.5", (640, 480)) == (1536, 1024)
    assert nearest_size("gpt-image-1.5", (500, 480)) == (1024, 1024)
    assert nearest_size("gpt-image-2", (1024, 1024)) == (1024, 1024)
    width, height = nearest_size("gpt-image-2", (640, 480))
    assert abs(width / height - 4 / 3) < 0.03
    assert nearest_size("gpt-image-2", (4000, 3000))[0] * 1000 < 4000 * 1000 / 2
    assert nearest_size("own-painter", None) == (1024, 1024)


def test_spelling_of_sizes() -> None:
    assert parse_size("auto") is None
    assert parse_size("1536x1024") == (1536, 1024)
    for text in ("", "1536", "0x10", "1536x1024px", "AUTO"):
        with pytest.raises(ValueError, match="neither"):
            parse_size(text)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": "1000x1000"}, "steps of 16"),
        ({"size": "big"}, "neither"),
        ({"model": "gpt-image-1.5", "size": "512x512"}, "1024x1024, 1536x1024"),
        ({"model": "gpt-image-2", "quality": "max"}, "has the qualities auto, low"),
        ({"model": "gpt-image-2", "input_fidelity": "high"}, "does not take input_fidelity"),
        ({"model": "dall-e-3"}, "shut down on 2026-05-12"),
        ({"extra": {"stream": True, "complexity": "low"}}, "extra may not hold stream"),
    ],
)
def test_options_that_the_model_does_not_have(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ApiEditOptions.model_validate(options)


def test_other_endpoints_may_have_what_openai_has_not() -> None:
    ApiGenerateOptions.model_validate(
        {
            "model": "dall-e-3",
            "base_url": "http://localhost/v1",
            "size": "512x512",
            "quality": None,
            "output_format": None,
        }
    )


def test_a_mask_is_sent_as_transparency_of_its_own_size() -> None:
    mask = np.zeros((30, 50), np.bool_)
    mask[5:20, 10:40] = True
    sent, applied = upload_mask(mask)
    image = Image.open(io.BytesIO(sent))
    assert (image.size, image.mode) == ((50, 30), "RGBA")
    assert np.array_equal(np.asarray(image.getchannel("A")) == 0, mask)
    assert np.array_equal(applied, mask)
    assert upload(noise(30, 50)).size == (50, 30)


def test_what_is_too_large_is_scaled_down_and_the_mask_with_it() -> None:
    pixels = np.zeros((40, 5_000, 3), np.uint8)
    mask = np.zeros((40, 5_000), np.bool_)
    mask[10:20, 1_000:3_000] = True
    source, (sent, applied) = upload(pixels), upload_mask(mask)
    assert source.note == "The source was scaled from 5000x40 to 3840x31 for the upload."
    assert decode(source.png).shape == (31, 3840, 3)
    assert Image.open(io.BytesIO(sent)).size == (3840, 31)
    assert applied.shape == mask.shape
    assert (applied ^ mask).mean() < 0.02


def test_transparency_is_laid_on_white_and_turned_pictures_are_turned_back() -> None:
    clear = Image.new("RGBA", (6, 4), (10, 20, 30, 0))
    drawn = read_answer({"data": [{"b64_json": png(clear)}]})
    assert (drawn.pixels == 255).all()
    assert drawn.notes == ("What was transparent was laid on white.",)
    palette = Image.new("P", (6, 4), 0)
    assert read_answer({"data": [{"b64_json": png(palette)}]}).pixels.shape == (4, 6, 3)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = read_answer({"data": [{"b64_json": png(Image.new("RGB", (6, 4)), exif=exif)}]})
    assert turned.pixels.shape == (6, 4, 3)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"data": []},
        {"data": [{"b64_json": None}]},
        {"data": [{"b64_json": "no base64!"}]},
        {"data": [{"b64_json": base64.b64encode(b"no picture").decode()}]},
        {"data": [{"b64_json": png(Image.new("RGB", (64, 64)))[:60]}]},
    ],
)
def test_answers_without_a_picture(data: Any) -> None:
    with pytest.raises(CannotForge) as caught:
        read_answer(data)
    assert caught.value.reason == "broken_answer"


def test_a_filtered_answer_and_one_that_is_an_address() -> None:
    with pytest.raises(CannotForge) as caught:
        read_answer({"data": [{"b64_json": "", "respect_moderation": False}]})
    assert caught.value.reason == "refused_by_moderation"
    with pytest.raises(EndpointError, match="response_format"):
        read_answer({"data": [{"url": "https://pictures/1.png"}]})


def test_what_the_endpoint_says_is_kept() -> None:
    answer = {
        "data": [{"b64_json": png(Image.new("RGB", (8, 8))), "revised_prompt": "a bluer jug"}],
        "quality": "low",
        "model": "painter-2026",
    }
    facts = read_answer(answer).facts
    assert facts["revised_prompt"] == "a bluer jug"
    assert (facts["answer_quality"], facts["answer_model"]) == ("low", "painter-2026")
    assert facts["provenance_found"] == []
