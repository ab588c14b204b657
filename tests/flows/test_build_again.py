"""Nothing is lost, nothing is done twice: killed, damaged and repeated builds end alike."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.road import ROAD
from flows.run import Run, locked, open_run, start_run
from flows.stages.stage import make_part
from schemas.errors import BusyError, StorageError
from tests.flows.small import build_plainly, file_hashes, small_recipe

ROOT = Path(__file__).resolve().parents[2]


def statuses(run: Run) -> dict[str, bool]:
    """Whether each part is skipped when it is asked for again."""
    return {
        f"{stage.name}-{index}": make_part(stage, run, index).skipped
        for step in ROAD
        for stage in step.stages
        for index in range(stage.count(run))
    }


@pytest.fixture
def copy(built: Run, tmp_path: Path) -> Run:
    """A copy of the shared build that a test may damage."""
    shutil.copytree(Path(built.folder.path), tmp_path / "small")
    return start_run(str(tmp_path / "small"), built.recipe)


def test_a_second_build_skips_every_part_and_changes_no_file(copy: Run) -> None:
    before = file_hashes(copy)
    assert all(statuses(copy).values())
    build_plainly(str(copy.folder))
    assert file_hashes(copy) == before


def test_a_build_elsewhere_has_identical_files(built: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "elsewhere")
    start_run(folder, small_recipe())
    assert file_hashes(build_plainly(folder)) == file_hashes(built)


def test_killed_at_random_moments_it_ends_with_identical_files(built: Run, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    moments = random.Random(11)
    kills = 0
    while True:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.small", str(folder)],
            cwd=ROOT,
            start_new_session=True,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + moments.uniform(3.0, 7.0)
        while kills < 4 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if kills < 4 and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            kills += 1
            continue
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
        break
    assert kills >= 1, "the build ended before it could be killed"
    assert file_hashes(open_run(str(folder))) == file_hashes(built)


@pytest.mark.parametrize("damage", ["flip", "truncate", "delete", "no manifest"])
@pytest.mark.parametrize("stage", ["sources", "plan", "forge", "curate", "measure", "publish"])
def test_a_damaged_part_is_made_anew_and_no_other(
    copy: Run, built: Run, stage: str, damage: str
) -> None:
    part = copy.part(stage)
    manifest = part.manifest()
    assert manifest is not None
    path = Path(part.table_path(sorted(manifest.tables)[-1]).path)
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 0xFF
        path.unlink()  # The published shard may be a hard link of this very file.
        path.write_bytes(data)
    elif damage == "truncate":
        path.unlink()
        path.write_bytes(data[: len(data) // 2])
    elif damage == "delete":
        path.unlink()
    else:
        Path(part.manifest_path.path).unlink()
    again = statuses(copy)
    assert [name for name, skipped in again.items() if not skipped] == [f"{stage}-0"]
    assert file_hashes(build_plainly(str(copy.folder))) == file_hashes(built)


def test_a_damaged_published_shard_is_replaced(copy: Run, built: Run) -> None:
    shard = next(Path(copy.dataset.path).glob("data/default/*.parquet"))
    shard.unlink()
    shard.write_bytes(b"not a shard")
    build_plainly(str(copy.folder))
    assert file_hashes(copy) == file_hashes(built)


def test_changed_options_redo_only_what_they_touch(copy: Run) -> None:
    forge = list(copy.recipe.forge)
    forge[1] = forge[1].model_copy(update={"options": {"overlap": "forbid"}})
    changed = copy.recipe.model_copy(update={"forge": tuple(forge)})
    run = start_run(str(copy.folder), changed)
    redone = [name for name, skipped in statuses(run).items() if not skipped]
    assert not [name for name in redone if name.startswith("sources")]
    kept = [name for name in redone if name.startswith("forge")]
    assert len(kept) < len(forge)


def test_two_builds_of_one_folder_do_not_run_together(copy: Run) -> None:
    with locked(str(copy.folder)), pytest.raises(BusyError, match="another build"):
        build_plainly(str(copy.folder))


def test_a_file_where_the_run_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(StorageError, match="a file stands where a folder is wanted"):
        start_run(str(tmp_path / "run"), small_recipe())


def test_a_full_disk_is_told_and_the_next_run_goes_on(
    copy: Run, built: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = copy.part("forge")
    Path(part.manifest_path.path).unlink()
    real = os.fsync

    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="disk is full"):
        build_plainly(str(copy.folder))
    monkeypatch.setattr(os, "fsync", real)
    assert file_hashes(build_plainly(str(copy.folder))) == file_hashes(built)
