"""The model of side information knows files, and nothing of pictures."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from detector.baselines.registry import fit_baseline
from detector.baselines.side_features import Features, side_features
from detector.baselines.side_information import columns_of
from detector.evaluation.contract import Predictor, TestPicture
from storage.codecs import encode_jpeg, encode_png
from tests.detector.baselines.made_sets import (
    Maker,
    made_picture,
    probabilities,
    smooth_noise,
    upsampled,
)

How = Callable[[np.random.Generator, bool], bytes]


def answers(fitted: Predictor, pictures: list[TestPicture]) -> tuple[list[bool], list[float]]:
    """Truth, and what was said."""
    return [picture.fake for picture in pictures], probabilities(fitted, pictures)


def test_equal_files_leave_it_at_chance_however_different_the_pixels(streamed: Maker) -> None:
    """Uncompressed, since the length of a compressed file tells of its pixels."""

    def made(seed: int) -> list[TestPicture]:
        rng = np.random.default_rng(seed)
        pictures = []
        for place in range(80):
            buffer = io.BytesIO()
            pixels = (upsampled if place % 2 else smooth_noise)(rng, 32)
            Image.fromarray(pixels).save(buffer, format="BMP")
            pictures.append(made_picture(place, place % 2 == 1, buffer.getvalue()))
        return pictures

    fitted = fit_baseline("side_information", streamed(made(0)), seed=0)
    fake, said = answers(fitted, made(1))
    assert roc_auc_score(fake, said) == 0.5
    assert said == pytest.approx([0.5] * len(said))


def differing_set(seed: int, how: How) -> list[TestPicture]:
    """Two classes of the same noise, written with a difference."""
    rng = np.random.default_rng(seed)
    return [made_picture(place, place % 4 == 0, how(rng, place % 4 == 0)) for place in range(120)]


def shapes(rng: np.random.Generator, fake: bool) -> bytes:
    return encode_png(smooth_noise(rng, 48)[: 40 if fake else int(rng.integers(25, 39))])


def codecs(rng: np.random.Generator, fake: bool) -> bytes:
    pixels = smooth_noise(rng, 40)
    return encode_png(pixels) if fake else encode_jpeg(pixels, 90, "4:2:0")


def subsamplings(rng: np.random.Generator, fake: bool) -> bytes:
    return encode_jpeg(smooth_noise(rng, 40), 90, "4:4:4" if fake else "4:2:0")


def comments(rng: np.random.Generator, fake: bool) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(smooth_noise(rng, 40))
    image.save(buffer, format="JPEG", quality=90, comment=b"made by nobody" if fake else b"")
    return buffer.getvalue()


@pytest.mark.parametrize("how", [shapes, codecs, subsamplings, comments])
def test_it_finds_what_tells_files_apart(streamed: Maker, how: How) -> None:
    fitted = fit_baseline("side_information", streamed(differing_set(0, how)), seed=0)
    held_out = differing_set(1, how)
    fake, said = answers(fitted, held_out)
    assert roc_auc_score(fake, said) == 1.0
    assert [one > 0.5 for one in said] == fake


def test_refits_agree_bit_by_bit_and_pixels_are_never_decoded(
    streamed: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = differing_set(0, codecs)

    def refused(self: Image.Image, *arguments: object) -> None:
        raise AssertionError("a picture was decoded")

    monkeypatch.setattr(Image.Image, "load", refused)
    said = [
        answers(fit_baseline("side_information", streamed(pictures), seed=3), pictures)[1]
        for _ in range(2)
    ]
    assert said[0] == said[1]


def test_what_the_row_says_counts_and_the_truth_does_not(
    streamed: Maker, rng: np.random.Generator
) -> None:
    data = encode_png(smooth_noise(rng, 24))
    pictures = [
        dataclasses.replace(
            made_picture(place, place % 2 == 0, data), side={"saves": 1 + place % 2}
        )
        for place in range(60)
    ]
    fitted = fit_baseline("side_information", streamed(pictures), seed=0)
    turned = [dataclasses.replace(picture, fake=not picture.fake) for picture in pictures]
    assert answers(fitted, turned)[1] == answers(fitted, pictures)[1]
    fake, said = answers(fitted, pictures)
    assert roc_auc_score(fake, said) == 1.0


def test_the_features_of_a_file(rng: np.random.Generator) -> None:
    jpeg = side_features(made_picture(0, True, encode_jpeg(smooth_noise(rng, 64), 80, "4:2:2")))
    assert jpeg["format"] == "JPEG"
    assert jpeg["quality"] == 80
    assert jpeg["subsampling"] == "4:2:2"
    assert (jpeg["width"], jpeg["height"], jpeg["aspect"], jpeg["step"]) == (64, 64, 1, 64)
    assert jpeg["bytes_per_pixel"] == float(jpeg["bytes"]) / 64**2
    coarse = side_features(made_picture(0, True, encode_jpeg(smooth_noise(rng, 64), 40, "4:2:2")))
    assert float(jpeg["table.0"]) < float(coarse["table.0"])
    assert side_features(made_picture(0, True, b"abc")) == {"bytes": 3.0, "format": "unreadable"}


def test_columns_number_words_by_how_often_they_occur_and_leave_the_unknown_out() -> None:
    rows: list[Features] = [
        {"format": "PNG", "width": 3.0},
        {"format": "JPEG"},
        {"format": "PNG", "width": 4.0},
    ]
    columns = columns_of(rows)
    matrix = columns.matrix([*rows, {"format": "WEBP", "height": 2.0}])
    expected = np.array([[3, 0], [np.nan, 1], [4, 0], [np.nan, np.nan]])
    assert columns.numbers == ("width",)
    assert np.array_equal(matrix, expected, equal_nan=True)


def test_pictures_are_answered_alike_alone_and_in_batches(streamed: Maker) -> None:
    fitted = fit_baseline("side_information", streamed(differing_set(0, shapes)), seed=0)
    pictures = differing_set(1, shapes) * 2
    _, together = answers(fitted, pictures)
    alone = [answers(fitted, [picture])[1][0] for picture in pictures[::7]]
    assert together[::7] == alone
