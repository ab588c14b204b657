"""What models cost: a table with the date on which each row was read, and where.

Prices change. A row is for estimates before a request is sent and for what an answer cost by the
usage it reports; the provider's invoice is the truth. Rows that were read on the provider's own
pages say `checked`; the others come from resellers' documentation of the same models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

BATCH_SHARE = 0.5
"""Share of the price that asynchronous batches cost (OpenAI, "Batch API" guide)."""
_MILLION = 1e6
_SQUARE = 1024 * 1024
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class Price(BaseModel):
    """US dollars per million tokens, by kind of token, or per image where only that is billed.

    `images`: what the output of one image costs by quality, square and oblong, at about 1 to 1.5
    megapixels; larger ones are estimated in proportion.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text_in: float = Field(0.0, ge=0)
    image_in: float = Field(0.0, ge=0)
    text_out: float = Field(0.0, ge=0)
    image_out: float = Field(0.0, ge=0)
    per_image: float | None = Field(None, ge=0)
    images: Mapping[str, tuple[float, float]] = Field(default_factory=dict)
    source: str = "the recipe"
    read: date | None = None
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens a request used, by kind."""

    text_in: int = 0
    image_in: int = 0
    text_out: int = 0
    image_out: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.text_in + self.image_in + self.text_out + self.image_out


_READ = date(2026, 11, 22)
_OPENAI = "OpenAI API documentation, page of the model"
_RESELLER = "documentation of resellers (Runware, APIYI), which quote OpenAI's prices"
_FIVE_QUALITIES = {
    "low": (0.0059, 0.0059),
    "medium": (0.0132, 0.0132),
    "high": (0.0527, 0.0527),
    "xhigh": (0.0937, 0.0937),
    "max": (0.2107, 0.2107),
}


def _row(source: str, checked: bool, **prices: Any) -> Price:
    return Price(source=source, read=_READ, checked=checked, **prices)


PRICES: dict[str, Price] = {
    "gpt-image-1-mini": _row(
        _OPENAI,
        True,
        text_in=2.0,
        image_in=2.5,
        image_out=8.0,
        images={"low": (0.005, 0.006), "medium": (0.011, 0.015), "high": (0.036, 0.052)},
    ),
    "gpt-image-1.5": _row(
        _RESELLER,
        False,
        text_in=5.0,
        image_in=8.0,
        text_out=10.0,
        image_out=32.0,
        images={"low": (0.009, 0.013), "medium": (0.034, 0.051), "high": (0.133, 0.2)},
    ),
    "gpt-image-2": _row(
        _RESELLER,
        False,
        text_in=5.0,
        image_in=8.0,
        text_out=10.0,
        image_out=30.0,
        images={"low": (0.006, 0.005), "medium": (0.053, 0.041), "high": (0.211, 0.165)},
    ),
    "gpt-image-2.5-flare": _row(
        _RESELLER, False, text_in=5.0, image_in=8.0, image_out=30.0, images=_FIVE_QUALITIES
    ),
    "gpt-image-2.5-sunburst": _row(
        _RESELLER, False, text_in=5.0, image_in=8.0, image_out=30.0, images=_FIVE_QUALITIES
    ),
    # The tokens of an image by quality are those of 2.5; the page of 2.6 gives the rates alone.
    "gpt-image-2.6-sunburst": _row(
        _OPENAI, True, text_in=5.0, image_in=8.0, image_out=30.0, images=_FIVE_QUALITIES
    ),
    "gpt-5.4": _row(_RESELLER, False, text_in=2.5, image_in=2.5, text_out=15.0),
    "gpt-5.4-mini": _row(_RESELLER, False, text_in=0.75, image_in=0.75, text_out=4.5),
    "gpt-5-mini": _row(_RESELLER, False, text_in=0.25, image_in=0.25, text_out=2.0),
    "gpt-4.1": _row(_RESELLER, False, text_in=2.0, image_in=2.0, text_out=8.0),
    "gpt-4.1-mini": _row(_RESELLER, False, text_in=0.4, image_in=0.4, text_out=1.6),
}
"""Prices of the models that are known, by name without the date of a snapshot."""


def price_of(model: str) -> Price | None:
    """The row of a model or of the model that it is a snapshot of; None where it is not known."""
    return PRICES.get(_SNAPSHOT.sub("", model))


def image_estimate(
    price: Price, quality: str, size: tuple[int, int] | None, prompt: str, uploaded: int
) -> float:
    """About what an image will cost, in US dollars, rather more than less.

    `size`: (width, height), None where the endpoint chooses. `uploaded`: pixels sent along. A
    quality that the row does not list, such as "auto", is taken for the dearest.
    """
    if price.per_image is not None:
        return price.per_image
    width, height = size or (1024, 1024)
    dearest = max(price.images.values(), default=(0.0, 0.0))
    square, oblong = price.images.get(quality, dearest)
    drawn = (square if width == height else oblong) * max(1.0, width * height / (1.5 * _SQUARE))
    # One token for 16 by 16 pixels is what the models take at high fidelity, about.
    read = uploaded / 256 * price.image_in + text_tokens(prompt) * price.text_in
    return drawn + read / _MILLION


def text_tokens(text: str) -> int:
    """About how many tokens a text has, rather more than less: one for three bytes."""
    return len(text.encode()) // 3 + 8


def dollars(price: Price, tokens: Tokens) -> float:
    """What a request cost by the tokens that it used."""
    if price.per_image is not None:
        return price.per_image
    return (
        tokens.text_in * price.text_in
        + tokens.image_in * price.image_in
        + tokens.text_out * price.text_out
        + tokens.image_out * price.image_out
    ) / _MILLION


def image_usage(answer: Any) -> Tokens | None:
    """The tokens that an answer of the images endpoints reports; None where it reports none."""
    usage = answer.get("usage") if isinstance(answer, Mapping) else None
    if not isinstance(usage, Mapping):
        return None
    inputs, outputs = _details(usage, "input"), _details(usage, "output")
    text_out = _whole(outputs.get("text_tokens"))
    image_out = _whole(usage.get("output_tokens")) - text_out
    image_in = _whole(inputs.get("image_tokens"))
    text_in = _whole(usage.get("input_tokens")) - image_in
    return Tokens(max(0, text_in), image_in, text_out, max(0, image_out))


def chat_usage(answer: Any) -> Tokens | None:
    """The tokens that an answer of the chat endpoint reports; None where it reports none."""
    usage = answer.get("usage") if isinstance(answer, Mapping) else None
    if not isinstance(usage, Mapping):
        return None
    return Tokens(
        text_in=_whole(usage.get("prompt_tokens")), text_out=_whole(usage.get("completion_tokens"))
    )


def _details(usage: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    details = usage.get(f"{side}_tokens_details")
    return details if isinstance(details, Mapping) else {}


def _whole(value: Any) -> int:
    # Whatever a server says, it must add up: no answer has a thousand million tokens.
    return value if isinstance(value, int) and 0 < value < 10**9 else 0
