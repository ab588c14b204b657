"""A model as a recipe names it."""

from __future__ import annotations

from endpoints.chat import ChatModel
from endpoints.client import Endpoint
from endpoints.prices import Price, price_of
from schemas.recipe.asking import AskedModel


def chat_model(asked: AskedModel, most_tokens: int | None = None) -> ChatModel:
    """What the recipe names, as it is asked. `most_tokens`: of an answer."""
    endpoint = Endpoint(
        model=asked.model,
        base_url=asked.base_url,
        api_key_env=asked.api_key_env,
        requests_per_minute=asked.requests_per_minute,
        resend_lost=asked.resend_lost,
    )
    return ChatModel(endpoint, asked.temperature, most_tokens, price_asked(asked))


def price_asked(asked: AskedModel) -> Price | None:
    """The price that the recipe states, else the table's; None where nobody knows it."""
    if asked.dollars_per_million is None:
        return price_of(asked.model)
    read, written = asked.dollars_per_million
    return Price(text_in=read, image_in=read, text_out=written)
