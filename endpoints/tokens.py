"""About how many tokens a question has, reckoned before it is sent.

These are estimates, rather more than less: for budgets, limits by tokens and dry runs. What was
used is what the answer says.
"""

from __future__ import annotations

import io
from math import ceil

from PIL import Image

from endpoints.dialogue import Question
from endpoints.prices import Tokens, text_tokens
from schemas.identity import canonical_json

OF_AN_ANSWER = 1_000
"""Tokens of an answer whose length nobody has limited."""
_OF_ANY_PICTURE = 1_500
_PATCH, _MOST_PATCHES, _PER_PATCH = 32, 1_536, 1.62
_TILE, _LONGEST, _SHORTEST = 512, 2_048, 768
_BASE, _PER_TILE = 85, 170


def picture_tokens(width: int, height: int) -> int:
    """About how many tokens a picture of so many pixels is read as.

    The greater of the two ways in which OpenAI's models count (OpenAI API documentation, guide
    "Images and vision", section on costs, for detail "high"). By patches of 32 by 32 pixels, at
    most 1,536 of them, each worth 1.62 tokens in the small models; and by tiles of 512 by 512
    pixels, 170 tokens each and 85 for the whole, after the picture was scaled down to 2,048 pixels
    at most, and to 768 along its shorter side. Other models count otherwise, so this is a guess.
    """
    patches = min(_MOST_PATCHES, ceil(width / _PATCH) * ceil(height / _PATCH))
    scale = min(1.0, _LONGEST / max(width, height))
    scale *= min(1.0, _SHORTEST / (min(width, height) * scale))
    tiles = ceil(width * scale / _TILE) * ceil(height * scale / _TILE)
    return max(ceil(patches * _PER_PATCH), _BASE + _PER_TILE * tiles)


def question_tokens(question: Question, most: int | None) -> Tokens:
    """About how many tokens a question costs; `most`: of an answer, None for no limit."""
    written = sum(text_tokens(message.text) for message in question.messages)
    if question.schema is not None and question.form == "schema":
        written += text_tokens(canonical_json(dict(question.schema)))
    seen = sum(_encoded(image) for message in question.messages for image in message.images)
    return Tokens(text_in=written, image_in=seen, text_out=most or OF_AN_ANSWER)


def _encoded(image: bytes) -> int:
    """The tokens of an encoded picture, of which the head alone is read."""
    try:
        with Image.open(io.BytesIO(image)) as opened:
            return picture_tokens(*opened.size)
    except (OSError, ValueError, Image.DecompressionBombError):
        return _OF_ANY_PICTURE
