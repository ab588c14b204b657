"""Publishing: refused when the audit says so, replaced whole, and without paths of a machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flows.run import Run, start_run
from flows.stages import assemble
from flows.stages.publishing.shortcut_gate import AuditRefusal
from schemas.recipe.sources import FolderSource
from schemas.recipe.storing import Audit
from schemas.shortcuts import AuditReport, Bars, Family, FeatureAuc, Finding
from tests.flows.small import file_hashes, small_recipe

FORMAT = Finding(
    feature="format",
    title="format",
    family=Family.CONTAINER,
    auc=0.91,
    low=0.88,
    high=0.94,
    direction="",
    real="JPEG",
    fake="PNG",
    bars=Bars(names=("JPEG", "PNG"), real=(1.0, 0.0), fake=(0.0, 1.0)),
    remedy="Set codec.policy to jpeg.",
)
TELLTALE = AuditReport(
    auc=0.93,
    low=0.9,
    high=0.96,
    pooled_auc=0.92,
    classifier="gradient-boosted trees",
    classifiers=(("gradient-boosted trees", 0.93),),
    features=(FeatureAuc("format", 0.91), FeatureAuc("width", 0.55)),
    findings=(FORMAT,),
    n_rows=40,
    n_fake=20,
    n_groups=12,
)


@pytest.fixture
def copy(built: Run, tmp_path: Path) -> Run:
    """A copy of the shared build whose recipe does not publish anyway."""
    shutil.copytree(Path(built.folder.path), tmp_path / "small")
    recipe = built.recipe.model_copy(update={"audit": Audit()})
    return start_run(str(tmp_path / "small"), recipe)


def test_a_set_that_can_be_told_apart_is_refused_and_the_old_one_stays(
    copy: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file_hashes(copy)
    monkeypatch.setattr(assemble, "run_audit", lambda run, plans: TELLTALE)
    with pytest.raises(AuditRefusal, match=r"AUC of 0\.93, above 0\.60.*have JPEG, forgeries PNG"):
        assemble.assemble(copy)
    assert file_hashes(copy) == before


def test_it_is_published_when_the_recipe_insists_and_the_card_says_so(
    copy: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assemble, "run_audit", lambda run, plans: TELLTALE)
    audit = Audit(publish_anyway=True)
    run = Run(copy.folder, copy.recipe.model_copy(update={"audit": audit}))
    published = assemble.assemble(run)
    assert published.manifest.audit.auc == 0.93
    assert "0.93" in (published.folder / "README.md").read_text()


def test_the_manifest_names_no_path_of_this_machine(copy: Run, tmp_path: Path) -> None:
    folder = FolderSource(kind="folder", path=str(tmp_path / "holiday pictures"))
    sources = (*copy.recipe.sources, folder)
    run = Run(copy.folder, copy.recipe.model_copy(update={"sources": sources}))
    portable = assemble.portable_recipe(run)
    assert portable["sources"][-1]["path"] == "holiday pictures"
    assert str(tmp_path) not in str(portable)


def test_leftovers_of_a_broken_off_publication_are_cleared(copy: Run) -> None:
    before = file_hashes(copy)
    for name in ("dataset.partial", "dataset.old"):
        (Path(copy.folder.path) / name).mkdir()
        (Path(copy.folder.path) / name / "half.txt").write_text("half")
    shutil.rmtree(Path(copy.dataset.path))
    run = Run(copy.folder, small_recipe())
    assemble.assemble(run)
    assert file_hashes(run) == before
    assert not list(Path(copy.folder.path).glob("dataset.*"))
