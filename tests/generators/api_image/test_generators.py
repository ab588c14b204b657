"""The generators against the local server: what they send, what they make of what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from upath import UPath

from endpoints.account import Account
from endpoints.errors import EndpointError
from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from generators.api_image import ApiEdit, ApiGenerate, ApiInpaint
from generators.contract import Configured, Generator, Spends, Trial, breach
from schemas.errors import BudgetReached
from schemas.job import Forgery, Rejection
from schemas.vocabulary import Scope
from tests.generators.api_image.asking import asked, box_mask, forged, job, one

SMALL = Behaviour(longest=128)


@pytest.mark.parametrize("kind", [ApiGenerate, ApiEdit, ApiInpaint])
def test_they_are_what_the_contract_calls_generators(kind: Any) -> None:
    generator = kind(kind.Options())
    assert isinstance(generator, Generator)
    assert isinstance(generator, Configured)
    assert isinstance(generator, Spends)
    assert isinstance(generator, Trial)


def test_a_drawn_picture_is_synthetic_all_over() -> None:
    with LocalServer(SMALL) as server:
        result = forged(asked(ApiGenerate, server).forge([job(with_source=False)]))
    assert (result.scope, result.applied) == (Scope.FULL, None)
    assert result.image.shape == (128, 128, 3)
    assert breach(result) == ""
    told = result.parameters
    assert told["asked_size"] == "1024x1024"
    assert told["received_size"] == "128x128"
    assert told["dollars"] > 0
    assert told["answer_usage"]["output_tokens"] == 1024
    assert told["request_id"].startswith("req_")
    assert {mark["kind"] for mark in told["provenance_found"]} == {"c2pa", "text"}
    assert any("stripped from this copy" in note for note in result.notes)
    assert any("Asked for 1024x1024, the endpoint sent 128x128." in note for note in result.notes)


def test_an_inpainting_is_redrawn_whatever_mask_was_sent() -> None:
    mask = box_mask()
    with LocalServer() as server:
        wanted = job(mask=mask)
        generator = asked(ApiInpaint, server, model="own-painter", size="96x64")
        result = forged(generator.forge([wanted]))
    assert result.scope is Scope.REGENERATED
    assert result.applied is not None
    assert np.array_equal(result.applied, mask)
    assert result.image.shape == wanted.source.pixels.shape
    apart = np.abs(result.image.astype(int) - wanted.source.pixels).mean(axis=2)
    assert apart[mask].mean() > 4 * apart[~mask].mean() > 0


def test_a_picture_that_comes_back_in_another_size_keeps_it() -> None:
    with LocalServer(Behaviour(longest=200)) as server:
        wanted = job(mask=box_mask())
        result = forged(asked(ApiInpaint, server).forge([wanted]))
    height, width = wanted.source.pixels.shape[:2]
    assert max(result.image.shape) == 200
    assert result.applied is not None
    assert result.applied.shape == (height, width)
    assert breach(result, (height, width)) == ""
    assert any("was not scaled back" in note for note in result.notes)


def test_an_instructed_edit_may_change_all() -> None:
    with LocalServer(SMALL) as server:
        generator = asked(ApiEdit, server)
        result = forged(generator.forge([job(operation="instruct_edit")]))
    assert result.scope is Scope.REGENERATED
    assert result.applied is None
    assert result.parameters["uploaded_size"] == "96x64"


def test_equal_jobs_differ_by_their_draw_alone() -> None:
    with LocalServer(SMALL) as server:
        account = Account()
        generator = asked(ApiGenerate, server, account)
        first, again, other = generator.forge([job("a"), job("b"), job("c", draw=1)])
        assert isinstance(first, Forgery)
        assert isinstance(again, Forgery)
        assert isinstance(other, Forgery)
        assert np.array_equal(first.image, again.image)
        assert not np.array_equal(first.image, other.image)
        assert server.charged.total() == 2


def test_answers_come_in_order_with_rejections_in_their_places() -> None:
    faulty = Behaviour(refusals=0.3, rate_limits=0.3, broken=0.1, longest=32, retry_after="0.01")
    with LocalServer(faulty) as server:
        generator = asked(ApiGenerate, server, concurrency=8)
        jobs = [job(f"job-{n}", prompt=f"jug {n}", with_source=False) for n in range(40)]
        results = list(generator.forge(iter(jobs)))
    assert [result.job_id for result in results] == [job.job_id for job in jobs]
    reasons = {result.reason for result in results if isinstance(result, Rejection)}
    assert reasons == {"refused_by_moderation", "answer_lost"}
    assert sum(isinstance(result, Forgery) for result in results) > 15


@pytest.mark.parametrize("prompt", [None, "", "  ", "long " * 8_000])
def test_prompts_that_cannot_be_asked(prompt: str | None) -> None:
    with LocalServer() as server:
        result = one(asked(ApiGenerate, server).forge([job(prompt=prompt)]))
        assert isinstance(result, Rejection)
        assert result.reason in ("no_prompt", "prompt_too_long")
        assert not server.statuses


def test_an_empty_mask_is_not_sent() -> None:
    with LocalServer() as server:
        result = one(asked(ApiInpaint, server).forge([job(mask=~box_mask() & box_mask())]))
        assert isinstance(result, Rejection)
        assert result.reason == "empty_mask"
        assert not server.statuses


def test_a_garbled_answer_is_rejected_for_good(tmp_path: Path) -> None:
    with LocalServer(Behaviour(garbled=1)) as server:
        for _ in range(2):
            account = Account(UPath(tmp_path))
            result = one(asked(ApiGenerate, server, account).forge([job()]))
            assert isinstance(result, Rejection)
            assert result.reason == "broken_answer"
        assert server.charged.total() == 1


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_a_lossy_answer_says_so(form: str) -> None:
    with LocalServer(SMALL) as server:
        result = forged(asked(ApiGenerate, server, output_format=form).forge([job()]))
    assert result.parameters["received_codec"]["format"] == form.upper()
    assert any("loses detail" in note for note in result.notes)


def test_a_budget_stops_the_run_and_raising_it_goes_on(tmp_path: Path) -> None:
    folder = UPath(tmp_path)
    jobs = [job(f"job-{n}", prompt=f"jug {n}", with_source=False) for n in range(6)]
    price = {"per_image": 0.04}
    with LocalServer(SMALL) as server:
        poor = asked(ApiGenerate, server, Account(folder, 0.17), price=price, concurrency=2)
        results = poor.forge(jobs)
        done = [next(results) for _ in range(4)]
        with pytest.raises(BudgetReached, match="Raise the budget"):
            next(results)
        assert server.charged.total() == 4
        rich = asked(ApiGenerate, server, Account(folder, 1.0), price=price)
        again = list(rich.forge(jobs))
        assert [result.job_id for result in again] == [each.job_id for each in jobs]
        for before, after in zip(done, again, strict=False):
            assert isinstance(before, Forgery)
            assert isinstance(after, Forgery)
            assert np.array_equal(before.image, after.image)
            assert before.parameters == after.parameters
        assert server.charged.total() == 6
        assert set(server.charged.values()) == {1}


def test_a_budget_wants_a_price() -> None:
    with LocalServer() as server:
        generator = asked(ApiGenerate, server, Account(budget=1.0), model="own-painter")
        with pytest.raises(EndpointError, match="own-painter costs"):
            list(generator.forge([job()]))
        assert not server.statuses


def test_a_missing_key_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(EndpointError, match="OPENAI_API_KEY is not set"):
        list(ApiGenerate(ApiGenerate.Options()).forge([job()]))


def test_the_spec_follows_the_options() -> None:
    dear = ApiEdit(ApiEdit.Options(quality="high")).configured()
    cheap = ApiEdit(ApiEdit.Options(quality="low")).configured()
    assert (dear.family, dear.released) == ("gpt-image", "2026-09-08")
    assert dear.dollars > cheap.dollars > 0
    assert dear.batch_dollars == pytest.approx(dear.dollars / 2, abs=1e-6)
    options = {"model": "own-painter", "base_url": "http://localhost/v1", "terms": "CC0-1.0"}
    own = ApiGenerate(ApiGenerate.Options.model_validate(options)).configured()
    assert (own.family, own.model, own.terms) == ("own-painter", "own-painter", "CC0-1.0")
    assert (own.dollars, own.batch_dollars, own.released) == (0, None, "")
