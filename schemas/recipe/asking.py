"""How a language model behind an endpoint is asked: what prompts, raters and judges share."""

from __future__ import annotations

from pydantic import Field

from schemas.recipe.base import RecipeModel


class AskedModel(RecipeModel):
    """A model behind an OpenAI-compatible endpoint."""

    model: str = Field(min_length=1, description="Name of the model, as its endpoint calls it.")
    base_url: str | None = Field(
        None, description="An OpenAI-compatible endpoint; OpenAI's own where it is left out."
    )
    api_key_env: str = Field(
        "OPENAI_API_KEY",
        description="The environment variable that holds the key; empty for an endpoint without.",
    )
    requests_per_minute: float | None = Field(
        None, gt=0, description="The rate to start with, until the endpoint's headers tell."
    )
    concurrency: int = Field(8, ge=1, le=1024, description="Requests under way at a time.")
    temperature: float | None = Field(
        None, ge=0, le=2, description="The sampling temperature; the endpoint's own if left out."
    )
    dollars_per_million: tuple[float, float] | None = Field(
        None,
        description=(
            "US dollars for a million tokens read and a million written, for models whose price "
            "is not known here; [0, 0] for a server of your own."
        ),
    )
    resend_lost: bool = Field(
        False,
        description="Ask again where an answer was lost that may have been paid for already.",
    )
