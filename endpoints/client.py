"""Finds an endpoint's openai client, and asks it for pictures, one request a call."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from endpoints.call import Reply
from endpoints.errors import EndpointError
from endpoints.verdicts import verdict
from schemas.errors import MissingExtraError

if TYPE_CHECKING:
    from openai import OpenAI

GENERATIONS, EDITS, CHAT = "images/generations", "images/edits", "chat/completions"
CONNECT_TIMEOUT = 10.0
"""Seconds to wait for a connection."""
_making = threading.Lock()
_clients: dict[tuple[str | None, str, float], Client] = {}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go, and as whom.

    `base_url`: None for OpenAI's own (or what OPENAI_BASE_URL says). `api_key_env`: the environment
    variable that holds the key, empty for endpoints that want none. `timeout`: seconds to wait for
    an answer. `requests_per_minute`: the rate to start with, until the endpoint's headers tell;
    None to wait for nothing. `resend_lost`: see `endpoints.call.Call`.
    """

    model: str
    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    timeout: float = 600.0
    requests_per_minute: float | None = None
    resend_lost: bool = False


class Client:
    """One endpoint's SDK client, `sdk`, which never sends anything twice. Threads share it."""

    def __init__(self, sdk: OpenAI) -> None:
        self.sdk = sdk
        self.base_url = str(sdk.base_url)

    @property
    def headers(self) -> dict[str, str]:
        """What the SDK says of itself and of who asks, for those who send by other means."""
        told = {**self.sdk.default_headers, **self.sdk.auth_headers}
        return {name: value for name, value in told.items() if isinstance(value, str)}

    def generate(self, fields: Mapping[str, Any], key: str) -> Reply:
        """Ask for an image from a prompt. Raises one of `endpoints.errors`."""
        return _send(self.sdk.images.with_raw_response.generate, fields, key)

    def edit(self, fields: Mapping[str, Any], key: str) -> Reply:
        """Ask for an edit; `fields` holds `image` and `mask` as (name, bytes, type)."""
        return _send(self.sdk.images.with_raw_response.edit, fields, key)


def client_for(endpoint: Endpoint) -> Client:
    """This process's client for an endpoint.

    Raises `EndpointError` where the key is missing, `MissingExtraError` without the SDK.
    """
    key = "none"
    if endpoint.api_key_env:
        key = os.environ.get(endpoint.api_key_env, "")
        if not key:
            raise EndpointError(
                f"{endpoint.api_key_env} is not set, so {endpoint.model} cannot be asked. Export "
                "the key under that name, or name another variable with api_key_env (an empty name "
                "for endpoints that want no key)."
            )
    place = (endpoint.base_url, key, endpoint.timeout)
    with _making:
        if place not in _clients:
            _clients[place] = _make(*place)
        return _clients[place]


def _make(base_url: str | None, key: str, timeout: float) -> Client:
    try:
        from openai import OpenAI, Timeout
    except ImportError as error:
        raise MissingExtraError("api", "openai", "Asking a model behind an API") from error
    # Retries are the account's: only it knows what may be paid twice.
    limits = Timeout(timeout, connect=CONNECT_TIMEOUT)
    return Client(OpenAI(base_url=base_url, api_key=key, timeout=limits, max_retries=0))


def _send(method: Callable[..., Any], fields: Mapping[str, Any], key: str) -> Reply:
    from openai import OpenAIError

    try:
        # Endpoints that know the header (IETF draft "The Idempotency-Key HTTP Header Field") do
        # not charge twice either; the others ignore it.
        raw = method(**fields, extra_headers={"Idempotency-Key": key})
    except OpenAIError as error:
        raise verdict(error) from error
    headers = {name.lower(): value for name, value in raw.headers.items()}
    return Reply(raw.http_response.content, headers)
