"""The card is true, complete, the same every time, and opens with `datasets`."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from PIL import Image

from dataset_cards.card import render_card, write_card
from schemas.attributes import ATTRIBUTES
from schemas.errors import DatasetError
from schemas.features import COLUMNS
from schemas.identity import hash_bytes
from schemas.manifest import Manifest
from schemas.recipe import Recipe
from schemas.shortcuts import AuditReport
from storage.published import PublishedSet


def _with(published: PublishedSet, **changes: object) -> PublishedSet:
    manifest = published.manifest.model_copy(update=changes)
    # Through JSON, as it would come from a file.
    return PublishedSet(published.folder, Manifest.model_validate_json(manifest.model_dump_json()))


def _recipe(published: PublishedSet, **changes: object) -> dict[str, object]:
    return {**published.manifest.recipe, **changes}


def test_write_card_answers_with_the_hashes_of_its_files(copy: PublishedSet) -> None:
    files = write_card(copy)
    assert list(files) == sorted(files)
    assert {"README.md", "figures/contact_sheet.jpg", "figures/flow.png"} <= set(files)
    for path, known in files.items():
        assert hash_bytes((copy.folder / path).read_bytes()) == known
    card = (copy.folder / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"!\[[^\]]+\]\(([^)]+)\)", card))
    assert linked == set(files) - {"README.md", "shortcuts.html"}
    assert "(shortcuts.html)" in card
    for path in linked:
        with Image.open(io.BytesIO((copy.folder / path).read_bytes())) as image:
            image.load()


def test_a_card_drawn_again_is_the_same(made: PublishedSet, copy: PublishedSet) -> None:
    files = write_card(copy)
    again = _with(copy, files=files)
    assert write_card(again) == files
    assert render_card(made) == (copy.folder / "README.md").read_text(encoding="utf-8")


def test_the_header_names_every_config_and_split(made: PublishedSet) -> None:
    _, header, _ = render_card(made).split("---\n", 2)
    fields = yaml.safe_load(header)
    assert fields["pretty_name"] == "Made of stock photographs"
    assert fields["license"] == "cc0-1.0"
    assert fields["size_categories"] == ["n<1K"]
    found = {
        (config["config_name"], one["split"], one["path"])
        for config in fields["configs"]
        for one in config["data_files"]
    }
    assert found == {
        (shard.config, shard.split, f"data/{shard.config}/{shard.split}-*.parquet")
        for shard in made.manifest.shards
    }


def test_the_recipe_on_the_card_is_the_recipe(made: PublishedSet) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", render_card(made), re.DOTALL)
    assert Recipe.model_validate(yaml.safe_load(text)) == Recipe.model_validate(
        made.manifest.recipe
    )


def test_the_card_tells_columns_attributes_numbers_and_credits(made: PublishedSet) -> None:
    card = render_card(made)
    for name, description in COLUMNS.items():
        assert f"| `{name}` | {description} |" in card
    for attribute in ATTRIBUTES:
        assert attribute.forged in card
        assert attribute.authentic in card
    assert "**AUC of 0.534**" in card
    assert "| sources | 24 | 18 | 6 | 0 | near duplicate 4, too small 2 |" in card
    assert "| **all of them** | 0.710 |" in card
    assert "| domain | learnt from | Irregular Image Edges |" in card
    assert "| natural | 9 of its own | 2.10 / 3.21 |" in card
    assert "| any other | 1,200 of all domains | 2.50 / never |" in card
    assert "ladders" not in card
    assert r"| scikit-image \| contributors | BSD-3-Clause | 9 |" in card


@pytest.mark.parametrize("name", ["made", "judged"])
def test_tables_are_whole(name: str, request: pytest.FixtureRequest) -> None:
    """Every row of a table has as many cells as its head, and tables stand apart from text."""
    published = request.getfixturevalue(name)
    body = re.sub(r"```.*?```", "code", render_card(published), flags=re.DOTALL)
    for table in re.findall(r"(?:^\|.*\n)+", body, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1, table
        assert set(table.splitlines()[1]) <= set("|-:"), table
        assert f"\n\n{table}" in body, table
    assert "\n\n\n" not in body


def test_the_card_knows_its_limits(made: PublishedSet) -> None:
    card = render_card(made)
    assert "The domain `deepfake` lies in the split `train` alone (6 pictures of 1 group)" in card
    assert "No test pictures: face blending." in card
    assert "Not one verdict other than `unsure`: Semantic Irrationality." in card
    assert "in spite of" not in card


def test_a_failed_audit_stands_first(made: PublishedSet) -> None:
    audit = AuditReport(
        auc=0.91, low=0.88, high=0.94, classifier="trees", n_rows=42, n_fake=21, n_groups=9
    )
    card = render_card(_with(made, audit=audit))
    limits = card.split("## Known limits\n\n")[1]
    assert limits.startswith("- **Published in spite of the shortcut audit.**")


def test_an_audit_that_had_nothing_to_measure_says_so(made: PublishedSet) -> None:
    audit = AuditReport(auc=0.5, low=0.5, high=0.5, n_rows=3, n_fake=3, n_groups=1, note="Odd.")
    assert "\nOdd.\n" in render_card(_with(made, audit=audit))


def test_what_is_absent_is_left_out(made: PublishedSet) -> None:
    card = render_card(_with(made, rater=None, stages=()))
    assert "measured rater against" not in card
    assert "flow.png" not in card


def test_folders_of_the_recipe_are_explained(made: PublishedSet) -> None:
    recipe = _recipe(made, sources=[{"kind": "folder", "path": "holidays"}])
    assert "put the path of your copy there" in render_card(_with(made, recipe=recipe))


def test_licences_without_an_id(made: PublishedSet) -> None:
    card = render_card(_with(made, recipe=_recipe(made, publish={})))
    fields = yaml.safe_load(card.split("---\n", 2)[1])
    assert (fields["license"], fields["license_name"]) == ("other", "see-the-card")
    assert fields["pretty_name"] == "made"


def test_a_recipe_of_another_version_is_explained(made: PublishedSet) -> None:
    with pytest.raises(DatasetError, match="not one of this version"):
        render_card(_with(made, recipe={"name": "x"}))


def test_datasets_opens_the_set_by_its_card(copy: PublishedSet, tmp_path: Path) -> None:
    """In a process of its own: `datasets` reads its settings once and leaves threads behind."""
    write_card(copy)
    script = """
import os
import sys
from datasets import get_dataset_config_names, load_dataset

folder, cache = sys.argv[1:]
assert set(get_dataset_config_names(folder)) == {
    "default", "copy_move", "document", "inpaint_remove", "splice"
}
whole = load_dataset(folder, cache_dir=cache)
assert {split: rows.num_rows for split, rows in whole.items()} == {
    "train": 27, "validation": 12, "test": 21
}, whole
assert whole["train"].features["label"].names == ["real", "fake"]
fake = next(row for row in whole["train"] if row["label"] == 1)
assert fake["image"].size == fake["mask_observed"].size == (fake["width"], fake["height"])
assert fake["mask_requested"] is None
one = load_dataset(folder, "splice", split="test", cache_dir=cache)
assert set(one["generator"]) == {None, "splice"}
stream = load_dataset(folder, split="test", streaming=True)
first = next(iter(stream))
assert first["image"].mode == "RGB" and first["annotations"][0]["attribute"] == "lighting"
print("opened", flush=True)
os._exit(0)  # A thread of the stream that still reads would abort an ordinary end now and then.
"""
    done = subprocess.run(
        [sys.executable, "-c", script, copy.folder.path, str(tmp_path / "cache")],
        env={
            "HF_DATASETS_OFFLINE": "1",
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(tmp_path / "home"),
            "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
            "PATH": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "opened\n", done.stderr


def test_pandas_reads_the_folder_as_the_card_says(made: PublishedSet) -> None:
    rows = pd.read_parquet(f"{made.folder.path}/data/default", columns=["label", "domain"])
    assert len(rows) == 60
