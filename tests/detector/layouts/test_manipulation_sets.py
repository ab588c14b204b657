"""CASIA, Columbia, COVERAGE, NIST16, CocoGlide, AutoSplice and DocTamper."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path, PurePosixPath

import pytest

from detector.layouts.autosplice import AutoSplice
from detector.layouts.casia import CASIA_V1, CASIA_V2
from detector.layouts.cocoglide import CocoGlide
from detector.layouts.columbia import Columbia
from detector.layouts.contract import take_census
from detector.layouts.coverage import Coverage
from detector.layouts.doctamper import DocTamper
from detector.layouts.nist16 import Nist16
from schemas.errors import MissingExtraError, StorageError
from schemas.vocabulary import Label
from tests.detector.layouts import manipulated, trees
from tests.detector.layouts.conftest import Lmdb


def test_casia_reads_operation_and_changed_picture_from_names(tmp_path: Path) -> None:
    real, splice, copy = CASIA_V2.samples(manipulated.casia_v2(tmp_path))
    assert (real.group, splice.group, copy.group) == ("art00014", "art00014", "pla00020")
    assert (splice.operation, copy.operation) == ("splice", "copy_move")
    assert copy.mask is not None
    assert f"no {PurePosixPath(copy.key).stem}_gt.png" in copy.mask.problem
    assert copy.read_image()


def test_casia_v1_has_its_masks_beside_the_pictures(tmp_path: Path) -> None:
    real, copy, splice = CASIA_V1.samples(manipulated.casia_v1(tmp_path))
    assert (real.group, splice.group) == ("ani0001", "ani0001")
    assert (splice.operation, copy.operation) == ("splice", "copy_move")
    assert take_census(CASIA_V1.samples(tmp_path)).masked == 2
    assert CASIA_V2.find(tmp_path) is None


def test_columbia_unpacked_twice_over_and_without_a_mask(tmp_path: Path) -> None:
    manipulated.columbia(tmp_path / "tree")
    for name in ("4cam_auth", "4cam_splc"):
        (tmp_path / name).mkdir()
        (tmp_path / "tree" / name).rename(tmp_path / name / name)
    (tmp_path / "tree").rmdir()
    assert take_census(Columbia().samples(tmp_path)).masked == 1
    next(tmp_path.glob("*/*/edgemask/*")).unlink()
    (problem,) = take_census(Columbia().samples(tmp_path)).unmasked.values()
    assert problem.endswith("is missing; fetch the edge masks")


def test_coverage_pairs_are_grouped_in_numeric_order(tmp_path: Path) -> None:
    samples = list(Coverage().samples(manipulated.coverage(tmp_path)))
    assert [s.group for s in samples] == ["2", "2", "10", "10"]
    assert [s.label.value for s in samples] == ["real", "fake"] * 2
    trees.write(tmp_path, {"COVERAGE/image/cover.tif": trees.picture(1)})
    with pytest.raises(StorageError, match="neither <n> nor <n>t; move it away"):
        list(Coverage().samples(tmp_path))


def test_nist16_gives_each_probe_once_and_by_task(tmp_path: Path) -> None:
    layout = Nist16()
    assert layout.splits(manipulated.nist16(tmp_path)) == ("all", "manipulation", "removal")
    copy, real, removed = layout.samples(tmp_path)
    assert (copy.operation, real.operation, removed.operation) == (
        "copy_move",
        "",
        "inpaint_remove",
    )
    assert copy.group == removed.group == "world/w.jpg"
    assert real.label == Label.REAL
    assert len(list(layout.samples(tmp_path, "removal"))) == 2


def test_nist16_says_which_column_is_missing(tmp_path: Path) -> None:
    manipulated.nist16(tmp_path)
    table = tmp_path / "reference/manipulation/NC2016-manipulation-ref.csv"
    table.write_text(table.read_text().replace("IsTarget", "Target"))
    with pytest.raises(StorageError, match="has no column IsTarget: its columns are TaskID"):
        list(Nist16().samples(tmp_path))


def test_cocoglide_joins_by_the_coco_number(tmp_path: Path) -> None:
    real, fake, alone = CocoGlide().samples(manipulated.cocoglide(tmp_path))
    assert real.group == fake.group == "114871"
    assert (fake.caption, fake.generator) == ("dining table", "glide")
    assert alone.mask is not None
    assert "there are 0 masks" in alone.mask.problem


def test_autosplice_qualities_are_splits_with_the_same_reals(tmp_path: Path) -> None:
    layout = AutoSplice()
    assert layout.splits(manipulated.autosplice(tmp_path)) == ("JPEG75", "JPEG100")
    real, first, second = layout.samples(tmp_path)
    assert real.group == first.group == second.group == "40574"
    assert first.mask is not None
    assert second.mask is not None
    assert first.mask.source == tmp_path / "Mask/40574_mask.png"
    assert second.mask.source == tmp_path / "Mask/40574_1_mask.png"
    assert len(list(layout.samples(tmp_path, "JPEG100"))) == 2


def doctamper(folder: Path, kinds: bytes) -> Path:
    return trees.write(
        folder,
        {
            "DocTamperV1-FCD/data.mdb": b"",
            "DocTamperV1-TestingSet/data.mdb": b"",
            "tampering_types/DocTamperV1-FCD.pk": kinds,
        },
    )


def test_doctamper_names_kinds_and_splits(tmp_path: Path, stand_in_lmdb: Lmdb) -> None:
    entries = manipulated.doctamper_entries()
    stand_in_lmdb({"DocTamperV1-FCD": entries, "DocTamperV1-TestingSet": {}})
    doctamper(tmp_path, pickle.dumps({0: "CM", 1: "GE"}))
    layout = DocTamper()
    assert layout.splits(tmp_path) == ("TestingSet", "FCD")
    samples = list(layout.samples(tmp_path, "FCD"))
    assert [s.operation for s in samples] == ["field_copy_move", "text_replace", ""]
    assert [s.key for s in samples][:1] == ["FCD/000000000"]
    with pytest.raises(StorageError, match="does not say"):
        list(layout.samples(tmp_path))


class _Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("ran",))


def test_doctamper_runs_nothing_that_a_table_holds(
    tmp_path: Path, stand_in_lmdb: Lmdb, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in_lmdb({"DocTamperV1-FCD": manipulated.doctamper_entries()})
    doctamper(tmp_path, pickle.dumps(_Hostile()))
    with pytest.raises(StorageError, match="no plain table"):
        list(DocTamper().samples(tmp_path, "FCD"))
    assert capsys.readouterr().out == ""


def test_doctamper_without_lmdb_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lmdb", None)
    doctamper(tmp_path, pickle.dumps({}))
    with pytest.raises(MissingExtraError, match="lmdb"):
        list(DocTamper().samples(tmp_path))


def test_doctamper_reads_a_real_lmdb(tmp_path: Path) -> None:
    lmdb = pytest.importorskip("lmdb")
    environment = lmdb.open(str(tmp_path / "DocTamperV1-FCD"), map_size=1 << 22)
    with environment.begin(write=True) as write:
        for key, value in manipulated.doctamper_entries().items():
            write.put(key, value)
    environment.close()
    census = take_census(DocTamper().samples(tmp_path))
    assert (census.fake, census.masked, len(census.unmasked)) == (3, 2, 1)
