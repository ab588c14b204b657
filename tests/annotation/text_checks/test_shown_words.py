"""Whoever speaks of what only the rater was shown has told on it."""

from __future__ import annotations

import pytest

from annotation.leak_lint import leaks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Inside the outlined region the grain is weaker.", ("outlined region",)),
        ("Within the magenta outline, the hair is soft.", ("magenta outline",)),
        ("In picture 3 the brim has a fringe; Tile 12 shows it.", ("picture 3", "tile 12")),
        ("The measurements agree: the grain is weaker.", ("measurements",)),
    ],
)
def test_found(text: str, found: tuple[str, ...]) -> None:
    assert leaks(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "A magenta scarf outlines her neck.",
        "The picture shows 3 tiles, each measured out alike.",
        "The outline of the region behind the cup is soft.",
    ],
)
def test_not_found(text: str) -> None:
    assert leaks(text) == ()
