"""Words that tell what became of a picture are found, and others are left alone."""

from __future__ import annotations

import pytest

from annotation.leak_lint import leaks
from generators.prompts import leaking_words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a fake plant", ("fake",)),
        ("FORGED   banknotes", ("forged",)),
        ("An AI-generated picture", ("ai", "generated")),
        ("A.I. art", ("a.i.",)),
        ("edited in Photoshop", ("edited", "photoshop")),
        ("inpaint the masked region", ("inpaint", "masked")),
        ("in-painted, out-painted", ("in-painted", "out-painted")),
        ("a deepfake, a deep-fake, a face swap", ("deepfake", "deep-fake")),
        ("a synthetic, manipulated composite", ("synthetic", "manipulated")),
        ("a 3D render by Midjourney or DALL·E 3", ("3d render", "midjourney", "dall·e")),
        ("the original image without it", ("original image",)),
        ("fake Fake FAKE", ("fake",)),
        ("Stable   Diffusion", ("stable diffusion",)),
    ],
)
def test_they_are_found(text: str, found: tuple[str, ...]) -> None:
    assert leaking_words(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "j'ai vu un chat",
        "a maiden with a damask scarf",
        "the editorial office of a newspaper",
        "a forget-me-not",
        "a white box in a marked car park",
        "a generous general",
        "an original painting of a saint",
        "",
    ],
)
def test_others_are_not(text: str) -> None:
    assert leaking_words(text) == ()


def test_what_the_lint_of_rationales_catches_is_mostly_caught_here() -> None:
    shared = "fake forged deepfake manipulated tampered photoshopped edited masked prompt inpainted"
    for word in shared.split():
        assert leaks(word)
        assert leaking_words(word)
