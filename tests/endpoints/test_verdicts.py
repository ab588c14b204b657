"""What an error of the client means: paid or not, again or not, whose fault."""

from __future__ import annotations

import httpx2
import openai
import pytest

from endpoints.errors import AnswerLost, EndpointError, NotServed, Refused
from endpoints.verdicts import moderated, verdict

REQUEST = httpx2.Request("POST", "http://endpoint/v1/images/generations")


def status_error(status: int, body: object | None, **headers: str) -> openai.APIStatusError:
    response = httpx2.Response(status, request=REQUEST, headers=headers)
    return openai.APIStatusError("said so", response=response, body=body)


def error(code: str = "", param: str | None = None, kind: str = "") -> dict[str, str | None]:
    return {"message": "said so", "code": code, "param": param, "type": kind}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (408, None, NotServed),
        (409, error(), NotServed),
        (429, error("rate_limit_exceeded"), NotServed),
        (429, error("insufficient_quota"), EndpointError),
        (400, error("billing_hard_limit_reached"), EndpointError),
        (402, error(), EndpointError),
        (500, error("server_error"), NotServed),
        (500, "<html>Internal Server Error</html>", AnswerLost),
        (502, None, AnswerLost),
        (503, None, NotServed),
        (504, error(), AnswerLost),
        (524, None, AnswerLost),
        (529, error("overloaded"), NotServed),
        (400, error("moderation_blocked", kind="image_generation_user_error"), Refused),
        (400, error("content_policy_violation"), Refused),
        (403, error("content_filter"), Refused),
        (400, error("invalid_value", "prompt"), Refused),
        (400, error("invalid_image", "image[0]"), Refused),
        (413, None, Refused),
        (422, error(), Refused),
        (400, error("invalid_value", "size"), EndpointError),
        (400, error("unknown_parameter", "input_fidelity"), EndpointError),
        (401, error("invalid_api_key"), EndpointError),
        (403, error(), EndpointError),
        (404, error("model_not_found", "model"), EndpointError),
    ],
)
def test_statuses(status: int, body: object, kind: type[Exception]) -> None:
    assert type(verdict(status_error(status, body))) is kind


def test_only_a_rate_limit_holds_all_back() -> None:
    limited = verdict(status_error(429, error(), **{"Retry-After": "5"}))
    busy = verdict(status_error(503, error()))
    assert isinstance(limited, NotServed)
    assert isinstance(busy, NotServed)
    assert (limited.throttled, limited.headers["retry-after"], busy.throttled) == (True, "5", False)


def test_refusals_have_reasons() -> None:
    blocked = verdict(status_error(400, error("moderation_blocked")))
    invalid = verdict(status_error(400, error("invalid_image", "image")))
    assert isinstance(blocked, Refused)
    assert isinstance(invalid, Refused)
    assert (blocked.reason, invalid.reason) == ("refused_by_moderation", "refused_as_invalid")


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (httpx2.ConnectError("no"), NotServed),
        (httpx2.ConnectTimeout("no"), NotServed),
        (httpx2.WriteError("no"), NotServed),
        (httpx2.ReadTimeout("late"), AnswerLost),
        (httpx2.ReadError("cut"), AnswerLost),
        (httpx2.RemoteProtocolError("cut"), AnswerLost),
        (httpx2.UnsupportedProtocol("ftp"), EndpointError),
    ],
)
def test_connections(cause: Exception, kind: type[Exception]) -> None:
    raised = openai.APIConnectionError(request=REQUEST)
    raised.__cause__ = cause
    assert type(verdict(raised)) is kind


def test_answers_that_hold_a_refusal_instead() -> None:
    assert moderated({"choices": [{"message": {"refusal": "I cannot."}}]}) == "I cannot."
    assert moderated({"choices": [{"finish_reason": "content_filter", "message": None}]})
    assert moderated({"data": [{"respect_moderation": False}]})
    assert moderated({"choices": [{"message": {"content": "yes", "refusal": None}}]}) is None
    assert moderated({"data": [{"b64_json": "…"}]}) is None
    assert moderated(None) is None
