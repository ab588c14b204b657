"""About how many tokens a question has, reckoned before it is sent."""

from __future__ import annotations

import pytest

from endpoints.dialogue import Message, Question
from endpoints.tokens import picture_tokens, question_tokens
from tests.endpoints.questions import PICTURE


@pytest.mark.parametrize(
    ("size", "tokens"),
    [
        # 85 + 170 for a single tile; 255 patches and fewer are worth less.
        ((64, 64), 255),
        ((384, 384), 255),
        # 1,024 patches at 1.62, against four tiles of the picture scaled to 768.
        ((1024, 1024), 1659),
        # The patches end at 1,536.
        ((4000, 3000), 2489),
    ],
)
def test_a_picture_costs_by_its_size(size: tuple[int, int], tokens: int) -> None:
    assert picture_tokens(*size) == tokens
    assert picture_tokens(*reversed(size)) == tokens


def test_larger_pictures_never_cost_less() -> None:
    costs = [picture_tokens(side, side) for side in range(16, 3000, 16)]
    assert costs == sorted(costs)


def test_a_picture_that_nobody_can_read_is_a_middling_one() -> None:
    asked = Question((Message("user", "?", (b"no picture",)),))
    assert question_tokens(asked, None).image_in == 1_500
    assert question_tokens(Question((Message("user", "?", (PICTURE,)),)), None).image_in == 255
