"""GenImage, Community Forensics, B-Free, OpenSDI and the frames of DeepfakeBench."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.layouts.bfree import BFree
from detector.layouts.community_forensics import CommunityForensics
from detector.layouts.contract import take_census
from detector.layouts.deepfakebench import CELEB_DF, FACE_FORENSICS
from detector.layouts.genimage import GenImage
from detector.layouts.opensdi import OpenSdi
from detector.layouts.trees import Relocation
from schemas.errors import StorageError
from schemas.vocabulary import Label
from tests.detector.layouts import manipulated, trees


def test_genimage_names_generators_in_one_spelling(tmp_path: Path) -> None:
    layout = GenImage()
    assert layout.splits(trees.genimage(tmp_path)) == ("val", "train")
    told = [(s.label.value, s.generator) for s in layout.samples(tmp_path)]
    assert told == [
        ("fake", "biggan"),
        ("real", ""),
        ("fake", "stable_diffusion_v1_4"),
        ("real", ""),
    ]
    (only,) = layout.samples(tmp_path, "train")
    assert only.key == "BigGAN/imagenet_ai_0419_biggan/train/ai/1_biggan_00002.png"


@pytest.mark.parametrize(
    ("folder", "name", "generator"),
    [
        ("imagenet_ai_0424_sdv5", "1.png", "stable_diffusion_v1_5"),
        ("Stable Diffusion V1.5", "1.png", "stable_diffusion_v1_5"),
        ("imagenet_midjourney", "208_midjourney_76.png", "midjourney"),
        ("imagenet_ai", "116_biggan_00094.png", "biggan"),
        ("ADM", "1.png", "adm"),
    ],
)
def test_genimage_knows_the_released_folders(
    tmp_path: Path, folder: str, name: str, generator: str
) -> None:
    trees.write(tmp_path, {f"{folder}/val/ai/{name}": trees.picture(1)})
    assert [s.generator for s in GenImage().samples(tmp_path)] == [generator]
    assert [s.generator for s in GenImage().samples(tmp_path / folder)] == [generator]


def test_community_forensics_gives_reals_no_generator(tmp_path: Path) -> None:
    real, fake, empty = CommunityForensics().samples(trees.community_forensics(tmp_path))
    assert (real.label, real.generator) == (Label.REAL, "")
    assert (fake.label, fake.generator, fake.caption) == (Label.FAKE, "DFGAN", "a cat")
    assert "holds no picture" in empty.problem


def test_bfree_groups_copies_and_counts_those_that_are_gone(tmp_path: Path) -> None:
    samples = list(BFree().samples(trees.bfree(tmp_path)))
    assert [s.group for s in samples] == ["s1", "s2", "s2"]
    assert "img3.jpg is listed" in samples[2].problem
    path = tmp_path / "BFree_viral_images.csv"
    path.write_text(path.read_text() + "REAL/s1/img1.jpg,REAL,s1,x,http://a\n")
    with pytest.raises(StorageError, match="listed twice"):
        list(BFree().samples(tmp_path))


def test_opensdi_tells_local_edits_and_leaves_masks_of_reals(tmp_path: Path) -> None:
    layout = OpenSdi()
    assert layout.splits(manipulated.opensdi(tmp_path)) == ("all", "flux", "sd2")
    part, whole, real = layout.samples(tmp_path, "flux")
    assert (part.operation, whole.operation) == ("inpaint_object", "text_to_image")
    assert (part.generator, real.generator, real.mask) == ("flux", "", None)


def test_celeb_df_frames_are_in_order_and_grouped_by_person(tmp_path: Path) -> None:
    first, second, fake = CELEB_DF.samples(trees.celeb_df(tmp_path))
    assert [Path(s.key).name for s in (first, second)] == ["2.png", "10.png"]
    assert first.group == fake.group == "id0"
    assert (fake.operation, fake.generator) == ("face_swap", "CelebDFv2_fake")


def test_faceforensics_gives_reals_once_and_compressions_apart(tmp_path: Path) -> None:
    trees.faceforensics(tmp_path)
    assert FACE_FORENSICS.splits(tmp_path) == ("test", "test-c40")
    samples = list(FACE_FORENSICS.samples(tmp_path))
    assert [s.label for s in samples].count(Label.REAL) == 1
    assert {s.group for s in samples} == {"000_003"}
    assert {s.generator: s.operation for s in samples if s.label == Label.FAKE} == {
        "FF-DF": "face_swap",
        "FF-NT": "face_reenactment",
    }
    (hard,) = FACE_FORENSICS.samples(tmp_path, "test-c40")
    assert "c40" in hard.key


def test_faceforensics_counts_absent_frames_and_refuses_other_splits(tmp_path: Path) -> None:
    trees.faceforensics(tmp_path)
    base = tmp_path / "FaceForensics++/manipulated_sequences"
    (base / "Deepfakes/c23/frames/000_003/0.png").unlink()
    # A frame of another video with the same name is not taken for it.
    trees.write(tmp_path, {"0.png": trees.picture(9)})
    assert len(take_census(FACE_FORENSICS.samples(tmp_path)).unreadable) == 1
    path = tmp_path / "preprocessing/dataset_json/FF-DF.json"
    path.write_text(json.dumps({"FF-DF": {"FF-DF": {"dev": {}}}}))
    with pytest.raises(StorageError, match="has the split 'dev'"):
        FACE_FORENSICS.splits(tmp_path)


def test_relocation_stays_below_its_roots(tmp_path: Path) -> None:
    trees.write(tmp_path, {"in/a/b.png": b"1", "out/b.png": b"2"})
    relocation = Relocation(tmp_path / "in")
    assert relocation.find("/far/away/a/b.png") == tmp_path / "in/a/b.png"
    assert relocation.find("C:\\far\\a\\b.png") == tmp_path / "in/a/b.png"
    assert relocation.find("../out/b.png") is None
    assert relocation.find("") is None
