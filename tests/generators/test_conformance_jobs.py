"""The conformance kit's jobs are what a run would hand out, with the marks that a spec needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generators.conformance.hostile_jobs import hostile_jobs
from generators.conformance.jobs import jobs_for
from generators.contract import Need
from schemas.vocabulary import Domain, MaskKind
from tests.generators.conformance_toys import SPEC


@pytest.mark.parametrize("need", [None, Need.MASK, Need.WORDS, Need.FACE, Need.SECOND, Need.PROMPT])
@pytest.mark.parametrize("domain", Domain)
def test_jobs_bring_what_the_spec_needs(domain: Domain, need: Need | None) -> None:
    needs = frozenset({Need.SOURCE} if need is None else {Need.SOURCE, need})
    kinds = (MaskKind.SUPPLIED, MaskKind.IRREGULAR) if need is Need.MASK else ()
    spec = replace(SPEC, domains=(domain,), needs=needs, mask_kinds=kinds, operations=("a", "b"))
    jobs = jobs_for(spec)
    assert [job.operation for job in jobs] == ["a"] * 4 + ["b"] * 4
    assert len({job.job_id for job in jobs}) == len({job.seed for job in jobs}) == len(jobs)
    for job in jobs:
        height, width = job.source.pixels.shape[:2]
        assert job.source.source.domain is domain
        assert not job.source.pixels.flags.writeable
        assert (job.second is not None) == (need is Need.SECOND)
        assert (job.prompt is not None) == (need is Need.PROMPT)
        assert (job.mask is not None) == (need is Need.MASK)
        if job.mask is not None:
            assert job.mask.shape == (height, width)
            assert job.mask.any()
        if job.second is not None:
            assert job.second.source.group != job.source.source.group
        if need is Need.WORDS:
            assert job.source.source.words
        if need is Need.FACE:
            assert job.source.source.faces
        for word in job.source.source.words:
            assert all(0 <= x <= width and 0 <= y <= height for x, y in word.quad)
        for face in job.source.source.faces:
            assert all(face.box[0] < x < face.box[0] + face.box[2] for x, _ in face.eyes)
    oddities = [oddity for oddity, _ in hostile_jobs(spec, jobs)]
    assert len(set(oddities)) * 2 == len(oddities)


def test_words_lie_on_their_ink() -> None:
    spec = replace(SPEC, domains=(Domain.DOCUMENT,), needs=frozenset({Need.WORDS}))
    for job in jobs_for(spec):
        paper = np.median(job.source.pixels)
        for word in job.source.source.words:
            corners = np.asarray(word.quad)
            (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
            box = job.source.pixels[int(top) : int(bottom) + 1, int(left) : int(right) + 1]
            assert (box < paper - 60).mean() > 0.05
