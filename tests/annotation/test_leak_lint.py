"""The lint finds telling words, whole and in any case, and nothing else."""

from __future__ import annotations

import pytest

from annotation.leak_lint import leaks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The mask shows a seam.", ("mask",)),
        ("A FORGED region; forged, I say.", ("forged",)),
        ("Manipulated, tampered and fake.", ("manipulated", "tampered", "fake")),
        (
            "As the label\nsays, the generator followed its prompt.",
            ("label", "generator", "prompt"),
        ),
        ("I was told so; the original  image differs.", ("was told", "original image")),
        ("a copy-move, a copymove, in-painted", ("copy-move", "copymove", "in-painted")),
        ("mask_applied and _fake_", ("mask", "fake")),
    ],
)
def test_found(text: str, found: tuple[str, ...]) -> None:
    assert leaks(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A masquerade in damask, promptly over.",
        "The noise is weaker than around it; authentic pictures lie between 0.6 and 1.6.",
        "A general view of a lake in Fakenham.",
        "The cat sits before a synagogue.",
    ],
)
def test_not_found(text: str) -> None:
    assert leaks(text) == ()
