"""Faces are found where there are some, with their eyes, and nowhere else."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import numpy as np
import pytest
from pydantic import TypeAdapter

from schemas.errors import RecipeError
from schemas.identity import canonical_json
from schemas.picture import Face, Picture, Pixels
from schemas.recipe.sources import Crops
from schemas.vocabulary import Domain
from sources.cutting import Origin, cut_pictures
from sources.face_detection import insight
from sources.face_detection.appearance import skin, yaw
from sources.faces import detector_signature, find_faces
from sources.marks import Marks
from sources.packaged import PICTURES, packaged_bytes
from storage.codecs import encode_png
from storage.reading import read_picture


def picture(name: str) -> Pixels:
    row = next(row for row in PICTURES if row.name == name)
    return read_picture(packaged_bytes(row))[0]


@pytest.mark.parametrize(
    ("name", "left_eye", "right_eye"),
    [("astronaut", (206, 105), (247, 107)), ("grace_hopper", (225, 193), (304, 189))],
)
def test_portraits_give_one_face_with_its_eyes(
    name: str, left_eye: tuple[int, int], right_eye: tuple[int, int]
) -> None:
    faces = find_faces(picture(name))
    assert len(faces) == 1
    x, y, width, height = faces[0].box
    for found, true in zip(faces[0].eyes, (left_eye, right_eye), strict=True):
        assert np.hypot(found[0] - true[0], found[1] - true[1]) < 0.08 * width
        assert x < found[0] < x + width
        assert y < found[1] < y + height / 2


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket", "china", "coins", "brick"])
def test_pictures_without_faces_give_none(name: str) -> None:
    assert find_faces(picture(name)) == ()


def test_tiny_flat_and_read_only_pictures_give_none() -> None:
    for shape in ((1, 1, 3), (64, 64, 3), (30, 900, 3)):
        pixels = np.full(shape, 128, np.uint8)
        pixels.setflags(write=False)
        assert find_faces(pixels) == ()


def test_large_pictures_are_measured_in_their_own_pixels() -> None:
    once = find_faces(picture("astronaut"))[0]
    large = np.repeat(np.repeat(picture("astronaut"), 3, axis=0), 3, axis=1)
    thrice = find_faces(large)[0]
    np.testing.assert_allclose(np.array(thrice.box) / 3, once.box, atol=8)
    np.testing.assert_allclose(np.array(thrice.eyes) / 3, once.eyes, atol=5)


def test_two_faces_come_largest_first_and_always_alike() -> None:
    face = picture("astronaut")[:256, 100:356]
    pair = np.zeros((512, 800, 3), np.uint8)
    pair[100:356, 20:276] = face
    pair[:512, 288:800] = np.repeat(np.repeat(face, 2, axis=0), 2, axis=1)
    faces = find_faces(pair)
    assert len(faces) == 2
    assert faces[0].box[2] > 1.5 * faces[1].box[2]
    assert faces == find_faces(pair)


def test_faces_of_people_who_do_not_exist(shared_data: Path) -> None:
    for path in sorted((shared_data / "faces" / "synthetic").glob("*.png")):
        faces = find_faces(read_picture(path.read_bytes())[0])
        assert len(faces) == 1
        assert 600 < faces[0].box[2] < 750


@pytest.fixture
def yunet(shared_data: Path) -> str:
    folder = shared_data / "weights" / "ShiqiYu__libfacedetection.train"
    return str(folder / "onnx_yunet_n_640_640.onnx")


def test_yunet_adds_nose_and_mouth_in_their_places(yunet: str) -> None:
    (face,) = find_faces(picture("astronaut"), yunet)
    (by_eyes,) = find_faces(picture("astronaut"))
    np.testing.assert_allclose(face.eyes, by_eyes.eyes, atol=6)
    nose, left, right = face.landmarks
    (lx, ly), (rx, _) = face.eyes
    assert lx < nose[0] < rx
    assert ly < nose[1] < left[1]
    assert left[0] < nose[0] < right[0]
    assert face.yaw is not None
    assert abs(face.yaw) < 15
    assert TypeAdapter(Face).validate_json(canonical_json(asdict(face))) == face


def test_a_mirrored_face_is_turned_the_other_way(yunet: str, shared_data: Path) -> None:
    path = shared_data / "faces" / "synthetic" / "model.png"
    pixels = read_picture(path.read_bytes())[0]
    (face,), (mirrored,) = find_faces(pixels, yunet), find_faces(pixels[:, ::-1], yunet)
    assert face.yaw is not None
    assert mirrored.yaw is not None
    assert -40 < face.yaw < -10
    assert 10 < mirrored.yaw < 40
    assert mirrored.eyes[0][0] < mirrored.eyes[1][0]


@pytest.mark.parametrize("tilt", [-40, 40])
def test_tilted_faces_are_found_and_upside_down_ones_are_not(yunet: str, tilt: int) -> None:
    pixels = picture("astronaut")
    centre = (226.0, 110.0)
    turned = cv2.warpAffine(pixels, cv2.getRotationMatrix2D(centre, tilt, 1.0), (512, 512))
    (face,) = find_faces(np.asarray(turned, np.uint8), yunet)
    x, y = np.subtract(face.eyes[1], face.eyes[0])
    assert np.degrees(np.arctan2(y, x)) == pytest.approx(-tilt, abs=12)
    for one in find_faces(pixels[::-1, ::-1], yunet):
        x, y = np.subtract(one.eyes[1], one.eyes[0])
        assert abs(np.degrees(np.arctan2(y, x))) <= 60


def test_68_landmarks_take_the_place_of_five(yunet: str, shared_data: Path) -> None:
    network = str(shared_data / "weights" / "pfld" / "pfld.onnx")
    (face,) = find_faces(picture("astronaut"), yunet, network)
    points = np.array(face.landmarks)
    assert points.shape == (68, 2)
    unit = np.hypot(*np.subtract(*face.eyes))
    for eye, corner in zip(face.eyes, (points[36:42], points[42:48]), strict=True):
        assert np.hypot(*(corner.mean(axis=0) - eye)) < 0.2 * unit
    assert points[8, 1] > points[57, 1] > points[33, 1]
    with pytest.raises(RecipeError, match="68 landmarks"):
        find_faces(picture("astronaut"), yunet, str(Path(network).parents[1] / _ULTRA))


_ULTRA = "Linzaer__Ultra-Light-Fast-Generic-Face-Detector-1MB/models_onnx_version-RFB-320.onnx"


def test_wrong_detectors_are_refused_in_words(tmp_path: Path) -> None:
    pixels = np.zeros((80, 80, 3), np.uint8)
    with pytest.raises(RecipeError, match="is no file"):
        find_faces(pixels, str(tmp_path / "missing.onnx"))
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(RecipeError, match="could not be loaded as YuNet"):
        find_faces(pixels, str(broken))
    signature = detector_signature(str(broken))
    assert signature.startswith("broken.onnx:")
    broken.write_bytes(b"another")
    assert detector_signature(str(broken)) != signature
    assert detector_signature() == ""


def test_insightface_is_asked_only_where_its_models_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insight, "_ROOT", tmp_path)
    insight._analysis.cache_clear()
    pixels = picture("astronaut")
    monkeypatch.setitem(sys.modules, "insightface.app", None)
    with pytest.raises(RecipeError, match="pip install insightface"):
        find_faces(pixels, "insightface")
    stand_in = ModuleType("insightface.app")
    monkeypatch.setitem(sys.modules, "insightface", ModuleType("insightface"))
    monkeypatch.setitem(sys.modules, "insightface.app", stand_in)
    with pytest.raises(RecipeError, match="finds no models"):
        find_faces(pixels, "insightface:small")
    folder = tmp_path / "models" / "small"
    folder.mkdir(parents=True)
    (folder / "detector.onnx").write_bytes(b"weights")
    monkeypatch.setattr(stand_in, "FaceAnalysis", _StandIn, raising=False)
    (face,) = find_faces(pixels, "insightface:small")
    assert face.box == (180, 60, 90, 110)
    assert face.eyes == ((206.0, 105.0), (247.0, 107.0))
    assert face.landmarks == ((226.0, 130.0), (210.0, 150.0), (244.0, 150.0))
    assert detector_signature("insightface:small").startswith("detector.onnx:")
    insight._analysis.cache_clear()


class _StandIn:
    """insightface.app.FaceAnalysis, as far as it is used, with one face in every picture."""

    def __init__(self, **_: object) -> None: ...

    def prepare(self, **_: object) -> None: ...

    def get(self, _: Pixels) -> list[SimpleNamespace]:
        points = [(206, 105), (247, 107), (226, 130), (210, 150), (244, 150)]
        box = np.array([180.0, 60.0, 270.0, 170.0])
        return [SimpleNamespace(bbox=box, kps=np.array(points, np.float32))]


def test_yaw_follows_the_nose_and_a_tilt_does_not_count() -> None:
    def face(nose: float, tilt: float) -> Face:
        points = np.array([(-20, 0), (20, 0), (nose, 24), (-16, 46), (16, 46)], np.float64)
        turn = np.radians(tilt)
        spun = points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        left, right, *marks = ((float(x), float(y)) for x, y in spun)
        return Face((0, 0, 90, 90), (left, right), tuple(marks))

    straight, right, left = (yaw(face(nose, 0)) for nose in (0, 8, -8))
    assert straight == 0
    assert right is not None
    assert left is not None
    assert right == -left
    assert 15 < right < 35
    assert yaw(face(8, 30)) == pytest.approx(right, abs=0.2)
    assert yaw(Face((0, 0, 9, 9), ((0.0, 0.0), (9.0, 0.0)))) is None


def test_skin_is_the_colour_below_the_eyes() -> None:
    pixels = np.full((100, 100, 3), (30, 60, 200), np.uint8)
    pixels[45:75, 20:80] = (205, 160, 140)
    face = Face((20, 20, 60, 60), ((35.0, 40.0), (65.0, 40.0)))
    found = skin(pixels, face)
    assert found is not None
    lab = cv2.cvtColor(np.full((1, 1, 3), (205, 160, 140), np.float32) / 255, cv2.COLOR_RGB2LAB)
    np.testing.assert_allclose(found, lab[0, 0], atol=0.02)
    assert skin(pixels, Face((0, 0, 9, 9), ((500.0, 500.0), (520.0, 500.0)))) is None


def test_a_crop_takes_all_that_is_known_of_a_face_with_it() -> None:
    pixels = picture("astronaut")
    (whole,) = find_faces(pixels)
    origin = Origin("astronaut.png", encode_png(pixels), Domain.DEEPFAKE, "g", "CC0-1.0", "")
    crops = Crops(min_side=256, max_side=256, per_picture=1)
    (crop,) = cut_pictures(origin, crops, 1, lambda _: Marks())
    assert isinstance(crop, Picture)
    assert crop.source.crop is not None
    (face,) = crop.source.faces
    left, top = crop.source.crop[:2]
    np.testing.assert_allclose(face.eyes + np.array([left, top]), whole.eyes)
    assert face.skin == whole.skin
