"""The adaptors keep the generators' contract, with a tiny checkpoint each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from generators.conformance import check, construction
from schemas.job import Job
from tests.generators.diffusion.conftest import Checkpoint


def _here(name: str, options: Any, job: Job) -> Callable[[], Any]:
    return partial(construction.attempt_by_name, name, options, job)


@pytest.mark.parametrize(
    ("name", "pipeline"),
    [
        ("diffusion_text_to_image", "StableDiffusionPipeline"),
        ("diffusion_variation", "StableDiffusionPipeline"),
        ("diffusion_inpaint", "StableDiffusionPipeline"),
        ("diffusion_edit", "StableDiffusionInstructPix2PixPipeline"),
        ("diffusion_reconstruct", "StableDiffusionPipeline"),
    ],
)
def test_an_adaptor_passes(
    name: str, pipeline: str, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A second process spends ten seconds on imports; with the pocket checkpoint there is one.
    monkeypatch.setattr(construction, "elsewhere", _here)
    options: dict[str, object] = {"checkpoint": str(checkpoint(pipeline)), "licence": "Apache-2.0"}
    if name != "diffusion_reconstruct":
        options["steps"] = 2
    findings = check(name, options)
    assert [finding for finding in findings if not finding.passed] == []
