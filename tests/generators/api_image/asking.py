"""Jobs and options for tests of the image API's generators against the local server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from endpoints.account import Account
from endpoints.local_server import LocalServer
from generators.api_image import ApiEdit, ApiGenerate, ApiInpaint
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask
from tests.generators.pictures import make_picture, photograph

Asked = ApiGenerate | ApiEdit | ApiInpaint


def asked(
    kind: type[ApiGenerate] | type[ApiEdit] | type[ApiInpaint],
    server: LocalServer,
    account: Account | None = None,
    **options: Any,
) -> Asked:
    """A generator that asks `server`."""
    settings = {"base_url": server.base_url, "api_key_env": ""} | options
    generator = kind(kind.Options.model_validate(settings))
    if account is not None:
        generator.use_account(account)
    return generator


def job(
    name: str = "one",
    *,
    side: int = 96,
    prompt: str | None = "a blue jug",
    mask: Mask | None = None,
    draw: int = 0,
    operation: str = "inpaint_object",
    with_source: bool = True,
) -> Job:
    """A job on a stock photograph."""
    picture = make_picture(photograph("coffee", side)) if with_source else None
    return Job(name, operation, 1, picture, mask=mask, prompt=prompt, draw=draw)


def box_mask(side: int = 96) -> Mask:
    """A box in the middle of the photograph of `job`."""
    mask = np.zeros(photograph("coffee", side).shape[:2], np.bool_)
    mask[15:40, 30:70] = True
    return mask


def one(results: Iterable[Forgery | Rejection]) -> Forgery | Rejection:
    """The only result."""
    (result,) = results
    return result


def forged(results: Iterable[Forgery | Rejection]) -> Forgery:
    """The only result, which is a forgery."""
    result = one(results)
    assert isinstance(result, Forgery), result
    return result
