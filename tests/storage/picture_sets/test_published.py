"""One of our published sets, opened like any other set of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import StorageError
from storage.picture_sets.choice import Choice
from storage.picture_sets.opening import open_set
from storage.picture_sets.picking import pick
from storage.published import open_published
from tests.dataset_cards.made_set import made_set
from tests.storage.picture_sets.stored import everything


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_set(tmp_path_factory.mktemp("run") / "dataset")


def test_its_rows_are_named_by_their_ids_and_bring_their_columns(made: Path) -> None:
    found = everything(open_set(made.parent))  # The run folder will do.
    table = open_published(made).table(("sample_id", "label")).to_pylist()
    assert [one.key for one in found] == [row["sample_id"] for row in table]
    assert [one.facts["split"] for one in found] == [row["split"] for row in table]
    assert {one.facts["label"] for one in found} == {"real", "fake"}
    facts = found[0].facts
    assert {"domain", "generator", "group_id", "fingerprint", "source_id"} <= facts.keys()
    assert not {"image", "mask_applied"} & facts.keys()


def test_a_mask_comes_when_it_is_named(made: Path) -> None:
    found = everything(open_set(made, Choice(split="test")), ("mask_applied",))
    assert any(one.facts["mask_applied"] for one in found)


def test_a_config_or_a_split_that_is_not_there_is_refused_with_those_that_are(made: Path) -> None:
    one = open_set(made, Choice(config="splice", split="test"))
    assert {picture.facts["split"] for picture in everything(one)} == {"test"}
    with pytest.raises(StorageError, match=r"no config 'flux'.*splice \(test\)"):
        open_set(made, Choice(config="flux"))


def test_pictures_are_fetched_again_by_their_keys(made: Path) -> None:
    pictures = open_set(made)
    piece = pictures.pieces()[0]
    read = list(pictures.read(piece))
    keys = {read[1].key, read[3].key, "gone"}
    assert [(one.key, one.data) for one in pick(pictures, piece, keys)] == [
        (one.key, one.data) for one in (read[1], read[3])
    ]
