"""What an error of a client means: was it paid for, may it be sent again, who must act.

| what came | paid? | so |
|---|---|---|
| 2xx | yes | the answer |
| no connection, or one that broke while the request was still being sent | no | sent again |
| 408, 409, 429, 503, 521 to 523, 529 | no | sent again |
| 500, 502 with the endpoint's own JSON error | no | sent again |
| 500, 502 without one, 504, 520, 524, a time-out, a connection that broke later | perhaps | lost |
| 400, 403, 413, 422 that blame what was sent | no | refused, with a reason |
| 401, 402, 404, 405, 501, other 403; no credit; an option it does not know | no | stops all |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from endpoints.errors import AnswerLost, EndpointError, NotServed, Refused, RequestFailed

if TYPE_CHECKING:
    from openai import OpenAIError

_UNSENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "WriteError", "WriteTimeout"})
_MISCONFIGURED = frozenset({"InvalidURL", "UnsupportedProtocol", "LocalProtocolError"})
_AGAIN = frozenset({408, 409, 429, 503, 521, 522, 523, 529})
_AGAIN_IF_TOLD = frozenset({500, 502})
_MODERATION = ("moderation", "content_policy", "content_filter", "safety", "responsibleai")
_NO_CREDIT = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded"}
)
# What a job brings along. Any other parameter was set by the options, alike for all jobs.
_OF_THE_JOB = frozenset({"prompt", "image", "mask", "messages"})
_LONGEST_DETAIL = 300


def verdict(error: OpenAIError) -> RequestFailed | EndpointError:
    """The error of `endpoints.errors` that an error of the openai client amounts to."""
    from openai import APIConnectionError, APIStatusError

    if isinstance(error, APIStatusError):
        headers = {name.lower(): value for name, value in error.response.headers.items()}
        return by_status(error.status_code, error.body, headers, error.message)
    if isinstance(error, APIConnectionError):
        cause = type(error.__cause__).__name__ if error.__cause__ else type(error).__name__
        if cause in _UNSENT:
            return NotServed(f"no connection ({cause})")
        if cause in _MISCONFIGURED:
            return EndpointError(f"the request cannot be sent: {error.__cause__}. Check base_url.")
        return AnswerLost(f"the connection broke before the answer was there ({cause})")
    return EndpointError(f"the openai client failed: {error}")


def by_status(
    status: int, told: Any, headers: Mapping[str, str], said: str = ""
) -> RequestFailed | EndpointError:
    """The error that an answer of 300 or above amounts to.

    `told`: the endpoint's own JSON error (the object under "error"), anything else where it sent
    none. `headers`: with names in lower case. `said`: how the client puts it.
    """
    error = told if isinstance(told, Mapping) else {}
    code, kind, param = (str(error.get(name) or "") for name in ("code", "type", "param"))
    said = said or str(error.get("message") or "")
    detail = f"{status}{f' {code}' if code else ''}: {said}"[:_LONGEST_DETAIL]
    if code in _NO_CREDIT or kind in _NO_CREDIT or status == 402:
        return EndpointError(
            f"the endpoint's account has no credit left ({detail}). Add some, then build again: it "
            "goes on from here."
        )
    if status in _AGAIN or (status in _AGAIN_IF_TOLD and error):
        return NotServed(detail, headers, throttled=status == 429)
    if status in (404, 405, 501):
        return EndpointError(f"the endpoint knows no such model or path ({detail}). Check both.")
    if status >= 500:
        return AnswerLost(f"the server may have been at work when it failed ({detail})")
    if any(word in f"{code} {kind}".lower() for word in _MODERATION):
        return Refused("refused_by_moderation", detail)
    if status in (401, 403):
        return EndpointError(
            f"the endpoint refuses the key or what it may do ({detail}). Check the environment "
            "variable that api_key_env names, and the rights of its project."
        )
    if param and re.split(r"[\[.]", param)[0] not in _OF_THE_JOB:
        return EndpointError(f"the endpoint does not take the option {param!r} as it is ({detail})")
    return Refused("refused_as_invalid", detail)


def moderated(data: Any) -> str | None:
    """What an answer says of having been held back by a filter; None where it was not.

    Some endpoints answer with 200 and an empty picture, or a refusal in place of the text.
    """
    if not isinstance(data, Mapping):
        return None
    for part in (*_list(data, "data"), *_list(data, "choices")):
        message = part.get("message") if isinstance(part.get("message"), Mapping) else {}
        if isinstance(message.get("refusal"), str) and message["refusal"]:
            return str(message["refusal"])[:_LONGEST_DETAIL]
        if part.get("finish_reason") == "content_filter" or part.get("respect_moderation") is False:
            return "the endpoint's filter held the answer back"
    return None


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    parts = data.get(name)
    return [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
