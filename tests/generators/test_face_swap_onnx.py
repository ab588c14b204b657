"""Learned swaps: interfaces, alignment and pasting, on networks drawn for the occasion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generators.conformance import check
from generators.contract import Need
from generators.faces.aligned_crop import crop_transform
from generators.faces.onnx_network import Network
from generators.faces.onnx_swap import FaceSwapOnnx, FaceSwapOnnxOptions
from generators.faces.tiny_networks import write_embedder, write_picture_swapper, write_swapper
from schemas.errors import GeneratorError, MissingExtraError
from schemas.job import Forgery, Rejection
from schemas.picture import Face, Picture
from schemas.vocabulary import Domain
from tests.generators.pictures import make_job, make_picture, photograph

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

FACE = Face((70, 65, 110, 115), ((105.0, 112.0), (146.0, 112.0)))


def portrait(face: Face = FACE, mirrored: bool = False) -> Picture:
    pixels = photograph("astronaut", 512)[:256, 100:356]
    if mirrored:
        pixels = pixels[:, ::-1]
    return make_picture(np.ascontiguousarray(pixels), domain=Domain.DEEPFAKE, faces=[face])


def test_nothing_runs_without_a_model_and_its_licence() -> None:
    with pytest.raises(ValueError, match="model must be given"):
        FaceSwapOnnxOptions(licence="MIT")
    with pytest.raises(ValueError, match="licence must be given"):
        FaceSwapOnnxOptions(model="inswapper_128.onnx")


def test_licence_and_family_follow_the_options() -> None:
    options = FaceSwapOnnxOptions(model="/somewhere/inswapper_128.onnx", licence="research only")
    spec = FaceSwapOnnx(options).configured()
    assert spec.model == spec.family == "inswapper_128"
    assert "research only" in spec.terms
    assert "/somewhere" not in spec.terms
    assert Need.GPU not in spec.needs
    on_gpu = FaceSwapOnnxOptions(model="a.onnx", licence="MIT", device="cuda", family="inswapper")
    assert Need.GPU in FaceSwapOnnx(on_gpu).configured().needs
    assert FaceSwapOnnx(on_gpu).configured().family == "inswapper"


@pytest.fixture
def networks() -> Iterator[Mapping[str, Any]]:
    with FaceSwapOnnx.trial() as options:
        yield options


def swap(options: Mapping[str, Any], **job: Any) -> Forgery | Rejection:
    generator = FaceSwapOnnx(FaceSwapOnnxOptions(**options))
    given = {"second": portrait(mirrored=True), **job}
    (answer,) = generator.forge([make_job(portrait(), "face_swap", **given)])
    return answer


def test_an_identity_goes_into_the_face_and_nowhere_else(networks: Mapping[str, Any]) -> None:
    answer = swap(networks)
    assert isinstance(answer, Forgery)
    assert answer.applied is not None
    source = portrait().pixels
    assert np.array_equal(answer.image[~answer.applied], source[~answer.applied])
    assert (answer.image[answer.applied] != source[answer.applied]).mean() > 0.3
    told = answer.parameters
    assert told["interface"] == "embedding"
    assert told["licence"] == "CC0-1.0"
    assert told["model"].startswith("tiny_swapper.onnx sha256:")
    assert told["aligned_by"] == ["eyes", "eyes"]


def test_the_donor_decides_what_is_seen(networks: Mapping[str, Any]) -> None:
    coffee = photograph("coffee", 256)
    other = make_picture(coffee, domain=Domain.DEEPFAKE, faces=[FACE])
    one, two = swap(networks), swap(networks, second=other)
    assert isinstance(one, Forgery)
    assert isinstance(two, Forgery)
    assert np.abs(one.image.astype(int) - two.image).max() > 20


def test_embeddings_go_through_the_matrix_at_the_end_of_the_file(
    networks: Mapping[str, Any], tmp_path: Path
) -> None:
    mapped, plain = swap(networks), swap({**networks, "latent": "plain"})
    assert isinstance(mapped, Forgery)
    assert isinstance(plain, Forgery)
    assert not np.array_equal(mapped.image, plain.image)
    write_embedder(tmp_path / "e.onnx")
    matrix = Network(str(networks["model"]), "cpu", 1).last_matrix(512)
    assert matrix is not None
    assert np.allclose(matrix @ matrix.T, np.eye(512), atol=1e-4)
    assert Network(str(tmp_path / "e.onnx"), "cpu", 1).last_matrix(512) is None


@pytest.mark.parametrize("side", [96, "side"])
def test_a_swapper_of_two_pictures_needs_no_embedder(tmp_path: Path, side: int | str) -> None:
    write_picture_swapper(tmp_path / "pictures.onnx", side)
    options = {
        "model": str(tmp_path / "pictures.onnx"), "licence": "CC0-1.0", "size": 80, "mask": "box",
    }  # fmt: skip
    answer = swap(options)
    assert isinstance(answer, Forgery)
    assert answer.parameters["interface"] == "pictures"
    assert answer.parameters["side"] == (96 if side == 96 else 80)
    # The network mixes both crops half and half; the mirrored donor's eye is at the other place.
    source, donor = portrait().pixels, portrait(mirrored=True)
    matrix = crop_transform(FACE, 96)
    assert np.allclose(matrix, crop_transform(donor.source.faces[0], 96))
    mean = (source.astype(float) + donor.pixels) / 2
    middle = np.s_[125:145, 110:140]
    assert np.abs(answer.image[middle] - mean[middle]).mean() < 12


def test_what_is_no_swapper_is_refused_in_words(
    networks: Mapping[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(GeneratorError, match="give the option embedder"):
        swap({**networks, "embedder": ""})
    with pytest.raises(GeneratorError, match="a swapper takes"):
        swap({**networks, "model": networks["embedder"]})
    with pytest.raises(GeneratorError, match="is no embedder"):
        swap({**networks, "embedder": networks["model"]})
    with pytest.raises(GeneratorError, match="is no file"):
        swap({**networks, "model": str(tmp_path / "missing.onnx")})
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(GeneratorError, match="could not be loaded"):
        swap({**networks, "model": str(broken)})
    write_swapper(tmp_path / "swapper.onnx")
    graph = onnx.load(str(tmp_path / "swapper.onnx"))
    del graph.graph.initializer[-1]
    onnx.save(graph, str(tmp_path / "unmapped.onnx"))
    with pytest.raises(GeneratorError, match="latent: plain"):
        swap({**networks, "model": str(tmp_path / "unmapped.onnx"), "latent": "mapped"})


def test_a_missing_gpu_is_said_and_not_worked_around(networks: Mapping[str, Any]) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine has a GPU")
    with pytest.raises(GeneratorError, match="onnxruntime-gpu"):
        swap({**networks, "device": "cuda"})


def test_without_onnxruntime_the_extra_is_named(
    networks: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match="faces"):
        swap(networks)


def test_it_keeps_the_contract() -> None:
    broken = [finding for finding in check("face_swap_onnx") if not finding.passed]
    assert broken == []
