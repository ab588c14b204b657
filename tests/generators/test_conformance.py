"""The conformance kit passes generators that keep the contract and names the rule others break."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows.commands.check_generator import run_check_generator
from generators import registry
from generators.conformance import Finding, check, construction
from schemas.errors import GeneratorError
from schemas.job import Forgery, Job
from tests.generators import careless_toys as careless
from tests.generators import conformance_toys as toys
from tests.generators.conformance_sins import BAD, CONSEQUENCES
from tests.generators.conformance_toys import SPEC, Toy


def failed(findings: Iterable[Finding]) -> set[str]:
    return {finding.check for finding in findings if not finding.passed}


def test_a_good_generator_passes_every_check(
    install: Callable[[type[Toy]], None], one_process: None
) -> None:
    install(Toy)
    findings = check("toy")
    assert failed(findings) == set()
    assert len({finding.check for finding in findings}) == len(findings)
    assert {rule for rule, _ in BAD.values()} == {finding.check for finding in findings}
    assert failed(check("toy", {"side": 8})) == set()


@pytest.mark.parametrize("sin", BAD)
def test_each_broken_rule_is_found(
    sin: str,
    install: Callable[[type[Toy]], None],
    one_process: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule, toy = BAD[sin]
    if rule == "second process":
        monkeypatch.setattr(construction, "elsewhere", _as_if_elsewhere)
    install(toy)
    findings = check("toy")
    broken = failed(findings)
    assert rule in broken
    assert broken == {rule} | CONSEQUENCES.get(sin, set())
    assert all(finding.detail for finding in findings)


def _as_if_elsewhere(*arguments: Any) -> Callable[[], Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multiprocessing, "parent_process", multiprocessing.current_process)
        made = construction.attempt_by_name(*arguments)
    return lambda: made


@pytest.mark.parametrize(
    ("value", "broken"),
    [
        ("tests.generators.conformance_toys:Toy", set()),
        ("tests.generators.careless_toys:BoundToItsProcess", {"second process"}),
    ],
)
def test_an_installed_plugin_is_made_anew_in_a_second_process(
    value: str, broken: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "toys-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(f"[{registry.GROUP}]\ntoy = {value}\n")
    # The second process takes the path over and finds the plugin as any other.
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("toy", value, registry.GROUP)
    monkeypatch.setattr(registry, "_entries", lambda: {"toy": entry})
    registry.load.cache_clear()
    try:
        assert failed(check("toy")) == broken
    finally:
        registry.load.cache_clear()


def test_details_say_where_and_what(
    install: Callable[[type[Toy]], None], one_process: None
) -> None:
    install(BAD["pixel outside"][1])
    detail = next(finding.detail for finding in check("toy") if finding.check == "splices")
    assert "1 pixels outside the applied mask" in detail
    assert "invert-1-kit-coffee" in detail
    install(toys.Crashing)
    detail = next(finding.detail for finding in check("toy") if not finding.passed)
    assert "RuntimeError: out of ink at invert-1-kit-coffee" in detail


def test_slow_construction_is_told(
    install: Callable[[type[Toy]], None], one_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(Toy)
    monkeypatch.setattr(construction, "_CHEAP", -1.0)
    findings = check("toy")
    assert failed(findings) == {"construction"}
    assert findings[-1].check == "construction"


def test_neural_tolerance_is_allowed_where_declared(
    install: Callable[[type[Toy]], None], one_process: None
) -> None:
    class Noisy(careless.Unseeded):
        spec = replace(SPEC, tolerance=1, model="tiny/noise")

        def one(self, job: Job) -> Forgery:
            forgery = Toy.one(self, job)
            applied = np.asarray(forgery.applied)
            image = forgery.image.copy()
            image[applied] = image[applied] // 2 * 2 + len(self.made) // 2 % 2
            return replace(forgery, image=image)

    class Undeclared(Noisy):
        spec = SPEC

    install(Noisy)
    assert failed(check("toy")) == set()
    install(Undeclared)
    assert "determinism" in failed(check("toy"))


def random_states() -> tuple[object, list[int]]:
    """The global ones, of random and of numpy."""
    state = np.random.get_state(legacy=False)  # noqa: NPY002 (the global state is what is asked)
    return random.getstate(), [*state["state"]["key"].tolist(), state["state"]["pos"]]


def test_the_kit_leaves_the_global_random_states_alone(
    install: Callable[[type[Toy]], None], one_process: None
) -> None:
    install(careless.Sowing)
    before = random_states()
    check("toy")
    assert random_states() == before


def test_wrong_names_and_options_raise(install: Callable[[type[Toy]], None]) -> None:
    install(Toy)
    with pytest.raises(GeneratorError, match=r"no generator named 'toi'.*'toy'"):
        check("toi")
    with pytest.raises(GeneratorError, match="'sides'"):
        check("toy", {"sides": 3})


def test_the_command_prints_a_table_and_raises_a_summary(
    install: Callable[[type[Toy]], None],
    one_process: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install(Toy)
    run_check_generator(None, True)
    shown = capsys.readouterr().out
    assert "✓" in shown
    assert "✗" not in shown
    install(careless.Seedless)
    with pytest.raises(GeneratorError, match=r"1 of 17 checks failed: toy \(seeds\)"):
        run_check_generator("toy", False)
    assert "✗  seeds" in capsys.readouterr().out
    with pytest.raises(GeneratorError, match="--all; installed: toy"):
        run_check_generator(None, False)
    with pytest.raises(GeneratorError, match="--all"):
        run_check_generator("toy", True)
