"""Options of the three generators that ask an image API."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from endpoints.client import Endpoint
from endpoints.prices import Price
from generators.api_image.models import RETIRED, known, parse_size, size_problem
from generators.contract import Options

DEFAULT_MODEL = "gpt-image-2.5-flare"
_OWN = frozenset({"model", "prompt", "n", "size", "image", "mask", "stream", "partial_images"})
"""Fields that make one job's request, one picture an answer, not a stream of drafts."""


class ApiOptions(Options):
    """What generation and editing have in common."""

    model: str = Field(DEFAULT_MODEL, min_length=1, description="Name of the model.")
    base_url: str | None = Field(
        None,
        description="Address of an endpoint that speaks OpenAI's images protocol; OpenAI's own if "
        "left out.",
    )
    api_key_env: str = Field(
        "OPENAI_API_KEY",
        description="Environment variable that holds the key; empty where none is wanted.",
    )
    size: str = Field(
        "auto",
        description="What to ask for: WIDTHxHEIGHT, or auto for the size of the model's that is "
        "nearest to the source's.",
    )
    quality: Literal["auto", "low", "medium", "high", "xhigh", "max"] | None = Field(
        "medium",
        description="How much work the model puts in; each step costs a few times more. null for "
        "endpoints that know no qualities.",
    )
    background: Literal["auto", "opaque", "transparent"] | None = Field(
        None, description="Background of the picture; transparent ones are laid on white."
    )
    output_format: Literal["png", "jpeg", "webp"] | None = Field(
        "png",
        description="How the endpoint encodes its answer; png alone loses nothing. null for "
        "endpoints that leave no choice.",
    )
    response_format: Literal["b64_json"] | None = Field(
        None, description="For endpoints that send addresses of pictures unless asked for b64_json."
    )
    extra: dict[str, Any] = Field(
        default_factory=dict,
        description="Further fields for the request, as the endpoint has them.",
    )
    concurrency: int = Field(
        16, ge=1, le=256, description="How many requests each part has under way at once."
    )
    requests_per_minute: float | None = Field(
        None, gt=0, description="Rate to start with, until the endpoint's headers tell its limit."
    )
    timeout: float = Field(
        600.0, gt=0, description="Seconds to wait for an answer; it is billed all the same after."
    )
    resend_lost: bool = Field(
        False,
        description="Send requests again whose answers were lost on the way, and which may have "
        "been paid for. Otherwise their jobs are rejected.",
    )
    price: Price | None = Field(
        None,
        description="Your prices, in US dollars per million tokens (text_in, image_in, text_out, "
        "image_out) or per_image, in place of the table's.",
    )
    family: str | None = Field(
        None, description="Family of the model, for splits that hold out a family."
    )
    terms: str | None = Field(None, description="Licence terms of the output.")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.base_url is None and self.model in RETIRED:
            raise ValueError(f"{self.model} was shut down on {RETIRED[self.model]}; choose another")
        size = parse_size(self.size)
        problem = "" if size is None else size_problem(self.model, size)
        about = known(self.model)
        if about is not None and self.quality not in (None, *about.qualities):
            problem = problem or f"{self.model} has the qualities {', '.join(about.qualities)}"
        own = sorted(_OWN.intersection(self.extra))
        if own:
            problem = problem or f"extra may not hold {', '.join(own)}, which are set otherwise"
        if problem:
            raise ValueError(problem)
        return self

    @property
    def endpoint(self) -> Endpoint:
        """Where requests go."""
        return Endpoint(
            self.model,
            self.base_url,
            self.api_key_env,
            self.timeout,
            self.requests_per_minute,
            self.resend_lost,
        )


class ApiGenerateOptions(ApiOptions):
    """Options of `api_generate`."""

    moderation: Literal["auto", "low"] | None = Field(
        None, description="How strictly the endpoint filters; its default if left out."
    )


class ApiEditOptions(ApiOptions):
    """Options of `api_edit` and `api_inpaint`."""

    input_fidelity: Literal["low", "high"] | None = Field(
        None, description="How closely the model keeps to the source, where it takes this."
    )

    @model_validator(mode="after")
    def _takes_fidelity(self) -> Self:
        about = known(self.model)
        if self.input_fidelity is not None and about is not None and not about.fidelity:
            raise ValueError(f"{self.model} does not take input_fidelity; leave it out")
        return self
