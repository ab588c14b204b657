"""The conformance kit knows every kind of generator: synthesis, redrawing, imports, services."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from generators.conformance import check
from generators.conformance.extent import FULL, SMALL, extent_of
from generators.conformance.jobs import jobs_for
from generators.contract import Need, breach
from schemas.errors import MissingExtraError
from schemas.job import Forgery, Job
from schemas.vocabulary import Domain
from tests.generators import conformance_kinds as kinds
from tests.generators.conformance_sins import BAD
from tests.generators.conformance_toys import SPEC, Toy

pytestmark = pytest.mark.usefixtures("one_process")

Install = Callable[[type[Any]], None]


def problems(options: dict[str, Any] | None = None) -> dict[str, str]:
    """What the kit finds wrong with the installed toy, by check."""
    return {one.check: one.detail for one in check("toy", options) if not one.passed}


@pytest.mark.parametrize(
    "kind",
    [
        kinds.Painter,
        kinds.Redrawer,
        kinds.Instructed,
        kinds.Choosing,
        kinds.Tried,
        kinds.Import,
        kinds.Paid,
    ],
)
def test_every_kind_can_pass(kind: type[Toy], install: Install) -> None:
    install(kind)
    assert problems() == {}


@pytest.mark.parametrize(
    ("kind", "rule", "words"),
    [
        (kinds.Greedy, "successes", r"no_object \(2\)"),
        (kinds.Forgetful, "masks", "the applied mask is None; .*; give what was changed"),
        (kinds.Silent, "images", "another size than its source; .*; say so in notes"),
        (
            kinds.Shrunk,
            "masks",
            r"size of the image, \(128, 160\) or that of the source, \(256, 320\)",
        ),
        (kinds.Wrongly, "spec", "spec.name is 'other'; make them equal"),
        (kinds.Untried, "options", "no port is free; let it yield a mapping of options"),
        (kinds.Empty, "items", "gives none; let trial"),
        (kinds.Shuffled, "items", "one order that stays"),
        (kinds.Generous, "items", r"items\(4\) gives 9"),
        (kinds.Careless, "hostile jobs", "an item that the set does not have: forge raises"),
    ],
)
def test_each_kind_is_told_its_own_faults(
    kind: type[Toy], rule: str, words: str, install: Install
) -> None:
    install(kind)
    found = problems()
    assert set(found) <= {rule, "hostile jobs"}
    assert re.search(words, found[rule]), found[rule]


def test_the_options_decide_what_is_checked(install: Install) -> None:
    install(kinds.Choosing)
    for options, operation in (({}, "invert_small"), ({"model": "large"}, "invert_large")):
        spec = next(one for one in check("toy", options) if one.check == "spec")
        assert operation in spec.detail


def test_a_trial_is_for_those_who_give_no_options(install: Install) -> None:
    install(kinds.Tried)
    assert "nothing is prepared" in problems({"server": "MINE"})["answers"]
    assert problems() == {}
    assert "TOY_SERVER" not in os.environ


def test_what_is_not_installed_is_not_a_fault(install: Install) -> None:
    install(kinds.Uninstalled)
    with pytest.raises(MissingExtraError, match="counterfoil\\[ml\\]"):
        check("toy")


def test_slow_generators_get_fewer_and_smaller_jobs() -> None:
    assert extent_of(SPEC) == FULL
    for slow in (
        replace(SPEC, tolerance=1),
        replace(SPEC, needs=frozenset({Need.SOURCE, Need.NETWORK})),
        replace(SPEC, seconds=20.0),
    ):
        assert extent_of(slow) == SMALL
        full, small = jobs_for(SPEC), jobs_for(slow)
        assert len(small) < len(full)
        assert small[0].source.pixels.shape[:2] == (128, 160)


def test_marks_shrink_with_their_picture() -> None:
    spec = replace(SPEC, domains=(Domain.DEEPFAKE,), needs=frozenset({Need.SOURCE, Need.FACE}))
    for job, small in zip(jobs_for(spec), jobs_for(replace(spec, tolerance=1)), strict=False):
        for face, half in zip(job.source.source.faces, small.source.source.faces, strict=True):
            assert np.allclose(np.asarray(face.box) / 2, half.box, atol=1)
            assert np.allclose(np.asarray(face.eyes) / 2, half.eyes)


def test_text_is_not_made_smaller() -> None:
    spec = replace(SPEC, domains=(Domain.DOCUMENT,), needs=frozenset({Need.SOURCE, Need.WORDS}))
    for job, same in zip(jobs_for(spec), jobs_for(replace(spec, tolerance=1)), strict=False):
        assert same.source.source.words == job.source.source.words


def test_pictures_to_stand_beside_have_no_marks() -> None:
    for job in jobs_for(kinds.Painter.spec):
        source = job.source.source
        assert not any((source.words, source.faces, source.instances, job.source.instances))
        assert job.prompt


def test_what_breaks_its_form_is_found_by_the_kit_too(install: Install) -> None:
    job = jobs_for(SPEC)[0]
    size = (job.source.source.height, job.source.source.width)
    told = []
    for rule, toy in BAD.values():
        if rule not in {"images", "masks", "parameters"}:
            continue
        made = toy(toy.Options()).one(job)
        if isinstance(made.image, np.ndarray) and isinstance(made.parameters, dict):
            install(toy)
            if breach(made, size):
                told.append(rule)
                assert rule in problems()
    assert set(told) == {"images", "masks", "parameters"}


class FakeTorch(SimpleNamespace):
    """As much of torch as holds a global random state."""

    def __init__(self) -> None:
        self.state = np.zeros(1)
        self.default_generator = SimpleNamespace(manual_seed=self.seed)
        self.cuda = SimpleNamespace(is_initialized=lambda: False)

    def seed(self, seed: int) -> None:
        self.state = np.full(1, float(seed % 1000))

    def get_rng_state(self) -> Any:
        return self.state.copy()

    def set_rng_state(self, state: Any) -> None:
        self.state = state

    def rand(self) -> float:
        self.state = (self.state * 7 + 3) % 1000
        return float(self.state[0]) / 1000


def test_torch_is_watched_where_it_is_imported(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = FakeTorch()
    monkeypatch.setitem(sys.modules, "torch", torch)

    class Drawing(Toy):
        def one(self, job: Job) -> Forgery:
            return self.invert(job, (torch.rand(), job.seed % 89 / 89))

    install(Drawing)
    found = problems()
    assert "global state of torch; draw from a torch.Generator" in found["global state"]
    assert torch.state == np.zeros(1)
    install(Toy)
    assert problems() == {}
