"""The openai client against the local server: the protocol, its faults, and what they become."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from upath import UPath

from endpoints import purchase
from endpoints.account import Account
from endpoints.call import Answer, Call, parsed
from endpoints.client import Endpoint, client_for
from endpoints.errors import AnswerLost, EndpointError, Refused
from endpoints.local_behaviour import Behaviour
from endpoints.local_pictures import redraw
from endpoints.local_server import LocalServer
from endpoints.rate import RateLimiter
from schemas.picture import Mask

SMALL = 48


def endpoint(server: LocalServer, **settings: Any) -> Endpoint:
    return Endpoint("painter", server.base_url, api_key_env="", **settings)


def draw(
    server: LocalServer, account: Account, prompt: str = "a jug", draw: int = 0, **settings: Any
) -> Answer:
    client = client_for(endpoint(server, **settings))
    fields = {"model": "painter", "prompt": prompt, "size": f"{SMALL}x{SMALL}"}
    call = Call(server.base_url, "painter", fields, draw, 0.01, lambda data: 0.01)
    return account.request(call, lambda key: client.generate(fields, key), RateLimiter())


def picture(answer: Answer) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(answer.data["data"][0]["b64_json"])))


def png(array: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="PNG")
    return buffer.getvalue()


def test_a_picture_follows_from_what_was_asked_and_from_the_draw() -> None:
    with LocalServer() as server:
        first, again, other = (draw(server, Account(), draw=number) for number in (0, 0, 1))
        assert picture(first).size == (SMALL, SMALL)
        assert first.data == again.data != other.data
        assert first.request_id == again.request_id
        # The same request from two accounts: the server would have been paid twice, and says so.
        assert sorted(server.charged.values()) == [1, 2]


def test_an_edit_changes_the_mask_and_grains_the_rest() -> None:
    source = np.full((40, 60, 3), 200, np.uint8)
    mask = np.zeros((40, 60, 4), np.uint8)
    mask[..., 3] = 255
    mask[10:30, 20:40, 3] = 0
    with LocalServer() as server:
        client = client_for(endpoint(server))
        reply = client.edit(
            {
                "model": "painter",
                "prompt": "a jug",
                "size": "60x40",
                "image": ("image.png", png(source), "image/png"),
                "mask": ("mask.png", png(mask), "image/png"),
            },
            "key",
        )
    answer = Answer("", parsed(reply.body), 0, None)
    apart = np.abs(np.asarray(picture(answer)).astype(int) - 200).max(axis=2)
    inside = mask[..., 3] == 0
    assert apart[inside].mean() > 20
    assert 0 < apart[~inside].max() <= 12


def test_an_editor_may_move_the_picture_and_ignore_its_mask() -> None:
    rng = np.random.default_rng(3)
    source = Image.fromarray(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8))
    mask = np.zeros((40, 60), np.bool_)
    mask[2:6, 2:6] = True

    def changed(behaviour: Behaviour) -> Mask:
        edited = redraw("identity", source, mask, source.size, behaviour)
        apart = np.abs(np.asarray(edited).astype(int) - np.asarray(source)).max(axis=2)
        moved: Mask = apart > 12
        return moved

    assert not changed(Behaviour())[~mask].any()
    assert changed(Behaviour(ignore_masks=1.0))[~mask].mean() > 0.05
    assert changed(Behaviour(shift=5, seed=1))[~mask].mean() > 0.9


@pytest.mark.parametrize(
    ("behaviour", "error", "charged"),
    [
        (Behaviour(refusals=1), Refused, 0),
        (Behaviour(broken=1), AnswerLost, 1),
        (Behaviour(key="secret"), EndpointError, 0),
    ],
)
def test_faults(behaviour: Behaviour, error: type[Exception], charged: int) -> None:
    with LocalServer(behaviour) as server:
        account = Account()
        for _ in range(2):
            with pytest.raises(error):
                draw(server, account)
        assert server.charged.total() == charged


@pytest.mark.parametrize("behaviour", [Behaviour(rate_limits=1), Behaviour(unavailable=1)])
def test_passing_faults(behaviour: Behaviour) -> None:
    with LocalServer(behaviour) as server:
        assert picture(draw(server, Account())).size == (SMALL, SMALL)
        assert server.charged.total() == 1
        assert server.statuses.total() == 2


def test_a_garbled_answer_is_paid_for_and_kept(tmp_path: Path) -> None:
    with LocalServer(Behaviour(garbled=1)) as server:
        answers = [draw(server, Account(UPath(tmp_path))) for _ in range(2)]
        assert [answer.data for answer in answers] == [None, None]
        assert server.charged.total() == 1


def test_an_answer_that_comes_too_late_is_lost() -> None:
    with LocalServer(Behaviour(latency=0.5)) as server:
        with pytest.raises(AnswerLost, match="ReadTimeout"):
            draw(server, Account(), timeout=0.1)
        assert server.charged.total() == 1


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purchase, "backoff", lambda attempt: 0.0)
    with LocalServer() as server:
        pass
    with pytest.raises(EndpointError, match="ConnectError"):
        draw(server, Account())


def test_a_key_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(EndpointError, match="NO_SUCH_KEY is not set"):
        client_for(Endpoint("painter", api_key_env="NO_SUCH_KEY"))


def test_a_key_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAINTER_KEY", "secret")
    with LocalServer(Behaviour(key="secret")) as server:
        client = client_for(Endpoint("painter", server.base_url, "PAINTER_KEY"))
        client.generate({"model": "painter", "prompt": "a jug", "size": "16x16"}, "key")
        assert server.charged.total() == 1


def test_a_kept_limit_is_followed_without_a_refusal() -> None:
    with LocalServer(Behaviour(requests_per_minute=1_200)) as server:
        client, limiter = client_for(endpoint(server)), RateLimiter(1_200)
        account, stop = Account(), threading.Event()

        def ask(number: int) -> None:
            fields = {"model": "painter", "prompt": f"jug {number}", "size": "16x16"}
            call = Call(server.base_url, "painter", fields, 0, 0.0, lambda data: 0.0)
            account.request(call, lambda key: client.generate(fields, key), limiter, stop)

        for number in range(25):
            ask(number)
        assert server.statuses == {200: 25}


def test_what_the_server_does_not_take() -> None:
    with LocalServer() as server:
        client = client_for(endpoint(server))
        wrong: list[tuple[Callable[[dict[str, Any], str], Any], dict[str, Any]]] = [
            (client.generate, {"prompt": ""}),
            (client.edit, {"prompt": "a jug", "image": ("i.png", b"no picture", "image/png")}),
        ]
        for method, fields in wrong:
            with pytest.raises(Refused):
                method({"model": "painter", "size": "16x16"} | fields, "key")
        assert server.charged.total() == 0
