"""Asks an image API for pictures through the run's account, several at a time, in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from endpoints.account import Account
from endpoints.call import Call
from endpoints.client import EDITS, GENERATIONS, client_for
from endpoints.errors import AnswerLost, EndpointError, Refused, Unserved
from endpoints.in_order import in_order
from endpoints.prices import (
    Price,
    dollars,
    image_estimate,
    image_usage,
    price_of,
    text_tokens,
)
from endpoints.rate import limiter
from generators.api_image.answer import Drawn, read_answer
from generators.api_image.models import nearest_size, parse_size
from generators.api_image.options import ApiEditOptions, ApiGenerateOptions, ApiOptions
from generators.contract import CannotForge
from schemas.identity import hash_bytes
from schemas.job import Forgery, Job, Rejection

_LONGEST_PROMPT = 32_000
_PNG = "image/png"


@dataclass(frozen=True, slots=True)
class Question:
    """What one job asks for.

    `draw`: see `endpoints.call.Call`. `size`: the source's (width, height), None without one.
    `files`: what is uploaded, PNGs by the field's name; `pixels`: how many they hold.
    """

    prompt: str
    draw: int
    size: tuple[int, int] | None
    files: Mapping[str, bytes]
    pixels: int = 0


class Asker:
    """Asks with a generator's options. Threads share it."""

    def __init__(self, options: ApiOptions) -> None:
        self.options = options
        self.account = Account()

    @property
    def price(self) -> Price | None:
        """The prices that hold: the options', else the table's; None where nobody knows them."""
        return self.options.price or price_of(self.options.model)

    def forge(
        self, jobs: Iterable[Job], forge_one: Callable[[Job, threading.Event], Forgery]
    ) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order, `concurrency` of them at a time."""

        def answered(job: Job, stop: threading.Event) -> Forgery | Rejection:
            try:
                return forge_one(job, stop)
            except (CannotForge, Refused, AnswerLost, Unserved) as end:
                return Rejection(job.job_id, end.reason, end.detail)

        return in_order(jobs, answered, self.options.concurrency)

    def asked_size(self, size: tuple[int, int] | None) -> tuple[int, int]:
        """The (width, height) to ask for beside a source of `size`."""
        return parse_size(self.options.size) or nearest_size(self.options.model, size)

    def estimate(self, question: Question) -> float:
        """About what a question costs, in US dollars; 0 where nobody knows."""
        if self.price is None:
            return 0.0
        size, options = self.asked_size(question.size), self.options
        quality = options.quality or "auto"
        return image_estimate(self.price, quality, size, question.prompt, question.pixels)

    def ask(self, question: Question, stop: threading.Event) -> Drawn:
        """The picture for a question, with what is worth keeping of how it was made in `facts`.

        Raises `CannotForge` and the errors of `endpoints.account.Account.request`.
        """
        options, price = self.options, self.price
        if not question.prompt.strip():
            raise CannotForge("no_prompt", "an image API draws nothing without a prompt")
        if len(question.prompt) > _LONGEST_PROMPT:
            raise CannotForge("prompt_too_long", f"it may have {_LONGEST_PROMPT} characters")
        if price is None and self.account.budget is not None:
            raise EndpointError(
                f"nobody knows what {options.model} costs, so the budget cannot be kept. Set the "
                "option price, for example {per_image: 0.04}; 0 for a server of your own."
            )
        client = client_for(options.endpoint)
        fields = self._fields(question)
        uploads = {name: hash_bytes(data) for name, data in question.files.items()}
        path = EDITS if uploads else GENERATIONS
        call = Call(
            url=f"{client.base_url}{path}",
            model=options.model,
            payload={**fields, **{f"{name}_sha256": of for name, of in uploads.items()}},
            draw=question.draw,
            estimate=self.estimate(question),
            cost=_cost(price),
            tokens=text_tokens(question.prompt) + question.pixels // 256,
            resend_lost=options.resend_lost,
        )
        files = {name: (f"{name}.png", data, _PNG) for name, data in question.files.items()}
        method = client.edit if uploads else client.generate
        limits = limiter(client.base_url, options.model, options.requests_per_minute)
        answer = self.account.request(call, lambda key: method(fields | files, key), limits, stop)
        drawn = read_answer(answer.data)
        facts = {
            "model": options.model,
            "endpoint": call.url,
            "asked_size": fields["size"],
            "quality": options.quality,
            "draw": question.draw,
            "ledger_key": answer.key,
            "request_id": answer.request_id,
            "dollars": None if price is None else round(answer.dollars, 6),
        }
        return Drawn(drawn.pixels, facts | drawn.facts, drawn.notes)

    def _fields(self, question: Question) -> dict[str, Any]:
        """The fields of the request but for files.

        `n` is always 1: an answer with several pictures would belong to several jobs, which may
        lie in other parts and processes, and it costs the same.
        """
        options = self.options
        width, height = self.asked_size(question.size)
        fields: dict[str, Any] = {
            "model": options.model,
            "prompt": question.prompt,
            "n": 1,
            "size": f"{width}x{height}",
            "quality": options.quality,
            "output_format": options.output_format,
            "background": options.background,
            "response_format": options.response_format,
        }
        if isinstance(options, ApiEditOptions):
            fields["input_fidelity"] = options.input_fidelity
        if isinstance(options, ApiGenerateOptions):
            fields["moderation"] = options.moderation
        if options.extra:
            fields["extra_body"] = options.extra
        return {name: value for name, value in fields.items() if value is not None}


def _cost(price: Price | None) -> Callable[[Any], float | None]:
    def cost(data: Any) -> float | None:
        usage = image_usage(data)
        if price is None:
            return 0.0
        return None if usage is None else dollars(price, usage)

    return cost
