"""Baselines are found by name, and say what they need where they cannot be fitted."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from detector.baselines import registry
from detector.baselines.registry import BASELINES, fit_baseline
from detector.evaluation.contract import Predictor
from schemas.errors import CounterfoilError, DatasetError, MissingExtraError
from storage.codecs import encode_png
from tests.detector.baselines.made_sets import (
    Maker,
    made_picture,
    probabilities,
    smooth_noise,
    upsampling_set,
)


def test_an_unknown_baseline_is_answered_with_the_known_ones(streamed: Maker) -> None:
    with pytest.raises(CounterfoilError, match=r"'frequency'.*side_information.*unifd=CHECKPOINT"):
        fit_baseline("frequency", streamed([]), seed=0)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("unifd", "needs an argument; write unifd=CHECKPOINT"),
        ("unifd=", "nothing behind '='"),
        ("npr=huge", r"no 'huge'; write npr\[=small\]"),
        ("side_information=x", "takes no 'x'; write side_information"),
        ("residuals=x", "takes no 'x'; write residuals"),
    ],
)
def test_a_wrong_argument_is_explained(streamed: Maker, spec: str, said: str) -> None:
    with pytest.raises(CounterfoilError, match=said):
        fit_baseline(spec, streamed(upsampling_set(4, 0)), seed=0)


@pytest.mark.parametrize("spec", ["side_information", "residuals", "npr=small"])
def test_one_class_alone_teaches_nothing(streamed: Maker, spec: str) -> None:
    real = [one for one in upsampling_set(40, 0, side=32) if not one.fake]
    with pytest.raises(DatasetError, match=r"20 real and 0 fake.*Both classes"):
        fit_baseline(spec, streamed(real), seed=0)


@pytest.mark.parametrize("spec", ["side_information", "residuals", "npr=small"])
def test_too_few_pictures_are_refused(streamed: Maker, spec: str) -> None:
    with pytest.raises(DatasetError, match=r"6 real and 6 fake.*At least 10"):
        fit_baseline(spec, streamed(upsampling_set(12, 0, side=32)), seed=0)


@pytest.mark.parametrize("spec", ["residuals", "npr=small"])
def test_a_training_picture_that_cannot_be_read_is_named(streamed: Maker, spec: str) -> None:
    pictures = upsampling_set(24, 0, side=32)
    pictures[3] = dataclasses.replace(pictures[3], encoded=b"no picture")
    with pytest.raises(DatasetError, match="p0003 cannot be read"):
        fit_baseline(spec, streamed(pictures), seed=0)


def test_a_test_picture_that_cannot_be_read_has_a_problem_and_the_others_an_answer(
    streamed: Maker,
) -> None:
    pictures = upsampling_set(24, 0, side=64)
    fitted = fit_baseline("residuals", streamed(pictures), seed=0)
    broken = dataclasses.replace(pictures[0], encoded=b"no picture")
    answers = list(fitted.predict([pictures[0], broken, pictures[1]]))
    assert answers[1].probability is None
    assert "p0000 cannot be read" in answers[1].problem
    alone = list(fitted.predict([broken]))
    assert alone[0].problem == answers[1].problem
    assert [answers[0].probability, answers[2].probability] == pytest.approx(
        probabilities(fitted, pictures[:2]), rel=1e-4
    )


def test_the_residuals_baseline_tells_upsampled_pictures(
    streamed: Maker, rng: np.random.Generator
) -> None:
    fitted = fit_baseline("residuals", streamed(upsampling_set(40, 0, 0.25)), seed=0)
    held_out = upsampling_set(40, 1)
    told = np.array(probabilities(fitted, held_out)) > 0.5
    assert (told == [picture.fake for picture in held_out]).mean() > 0.9
    odd = made_picture(0, False, encode_png(smooth_noise(rng, 33)))
    assert 0 <= probabilities(fitted, [odd])[0] <= 1


def test_a_library_that_is_not_installed_is_named_with_its_extra(
    streamed: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*arguments: object, **options: object) -> Predictor:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(registry, "BASELINES", {"npr": registry.Baseline("npr", "It.", fit)})
    with pytest.raises(MissingExtraError, match=r"baseline npr needs torch.*counterfoil\[detector"):
        fit_baseline("npr", streamed([]), seed=0)


def test_every_baseline_says_how_it_is_asked_for_and_what_it_is() -> None:
    for name, baseline in BASELINES.items():
        assert baseline.usage.partition("=")[0].removesuffix("[") == name
        assert baseline.description.endswith(".")


def test_the_registry_loads_no_heavy_library() -> None:
    program = (
        "import sys, detector.baselines.registry\n"
        "print({'torch', 'transformers', 'sklearn', 'scipy', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "set()"
