"""MMFR-Dataset's own folders are understood, and its reasoning is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generators.imports.opening import layout_of
from generators.imports.options import ImportOptions
from schemas.errors import GeneratorError
from tests.generators.imports.sets import forgery, imported, mmfr, take


@pytest.mark.parametrize("within", ["", "dataset"])
def test_one_generator_is_taken_with_its_reasoning(tmp_path: Path, within: str) -> None:
    mmfr(tmp_path / within)
    options = ImportOptions(path=str(tmp_path), generator="flux")
    assert layout_of(options) == "mmfr"
    generator = imported(path=str(tmp_path), generator="flux")
    made = {a.parameters["item"]: a.parameters for a in map(forgery, take(generator))}
    assert sorted(made) == [f"1_fake_{n}.png" for n in range(4)]
    one = made["1_fake_2.png"]
    assert one["file"] == "evaluation_sets/flux/1_fake/1_fake_2.png"
    assert one["mmfr_reasoning"] == {"Anomalous Image Texture": "The skin of 2 is waxen."}
    assert (one["set"], one["mmfr_generator"]) == ("MMFR-Dataset", "flux")
    assert one["taken_from"] == "lehduong/flux_generated"
    assert "model" not in one["unknown"]
    assert {"licence", "prompt", "autoencoder"} <= set(one["unknown"])


def test_the_paper_says_which_model_it_was_unless_the_options_do(tmp_path: Path) -> None:
    path = str(mmfr(tmp_path))
    spec = imported(path=path, generator="gigagan").configured()
    assert (spec.model, spec.family, spec.released) == ("GigaGAN", "gigagan", "2023-03")
    spec = imported(path=path, generator="flux", model="FLUX.1-schnell").configured()
    assert (spec.model, spec.family) == ("FLUX.1-schnell", "flux.1")


def test_the_training_forgeries_come_with_their_chain_of_thought(tmp_path: Path) -> None:
    generator = imported(path=str(mmfr(tmp_path)), generator="diffusiondb")
    made = {a.parameters["item"]: a.parameters for a in map(forgery, take(generator))}
    told = made["part-000001/0001.png"]
    assert told["mmfr_answer"].startswith("<SUMMARY>")
    assert "reasoning" not in told["unknown"]
    silent = made["part-000001/0002.png"]
    assert "reasoning" in silent["unknown"]
    assert "mmfr_answer" not in silent


def test_a_generator_must_be_named_and_be_there(tmp_path: Path) -> None:
    path = str(mmfr(tmp_path))
    with pytest.raises(GeneratorError, match=r"say which one; .*flux, gigagan, diffusiondb"):
        imported(path=path).items(1)
    with pytest.raises(GeneratorError, match="'laion' is not there"):
        imported(path=path, generator="laion").items(1)
    with pytest.raises(GeneratorError, match="neither evaluation_sets nor diffusiondb"):
        imported(path=str(tmp_path / "laion"), layout="mmfr").items(1)


def test_a_folder_has_no_generators(tmp_path: Path) -> None:
    path = str(mmfr(tmp_path) / "laion")
    with pytest.raises(GeneratorError, match="is no copy of MMFR-Dataset"):
        imported(path=path, generator="flux").items(1)


def test_reasoning_that_is_no_json_is_an_error(tmp_path: Path) -> None:
    mmfr(tmp_path)
    file = tmp_path / "evaluation_sets" / "flux_reasoning.json"
    whole = json.loads(file.read_text(encoding="utf-8"))
    odd = whole | {"flux/1_fake/1_fake_0.png": ["no dict"]}
    file.write_text(json.dumps(odd), encoding="utf-8")
    generator = imported(path=str(tmp_path), generator="flux")
    made = {a.parameters["item"]: a.parameters for a in map(forgery, take(generator))}
    assert "mmfr_reasoning" not in made["1_fake_0.png"]
    file.write_text("{'a': None}", encoding="utf-8")
    with pytest.raises(GeneratorError, match=r"flux_reasoning\.json is no JSON"):
        take(imported(path=str(tmp_path), generator="flux"))
