"""Other codec policies than lossless: real and fake are treated alike, and the set is sound."""

from __future__ import annotations

import io
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from flows.run import start_run
from flows.validation import validate
from schemas.recipe.storing import CodecPolicy
from storage.codecs import describe
from storage.published import PublishedSet, open_published
from tests.flows.small import build_plainly, small_recipe


@pytest.mark.parametrize("policy", ["jpeg", "twins"])
def test_a_lineage_shares_one_codec(tmp_path: Path, policy: str) -> None:
    recipe = small_recipe().model_copy(
        update={"codec": CodecPolicy.model_validate({"policy": policy, "qualities": [60, 90]})}
    )
    start_run(str(tmp_path), recipe)
    published = open_published(str(build_plainly(str(tmp_path)).dataset))
    assert list(validate(published)) == []
    drawn: defaultdict[str, set[tuple[int | None, str | None]]] = defaultdict(set)
    jpegs = 0
    for row in rows(published):
        with Image.open(io.BytesIO(row["image"]["bytes"])) as image:
            seen = describe(image)
        assert seen.format == row["codec"]["format"]
        if seen.format == "JPEG":
            jpegs += 1
            assert seen.quality == row["codec"]["quality"]
            drawn[row["source_id"]].add((seen.quality, seen.subsampling))
        assert (row["twin_of"] is not None) == (policy == "twins" and seen.format == "JPEG")
    assert all(len(codecs) == 1 for codecs in drawn.values())
    assert len(set.union(*drawn.values())) > 1
    total = published.table(("sample_id",)).num_rows
    assert jpegs == (total if policy == "jpeg" else total // 2)


def rows(published: PublishedSet) -> list[dict[str, Any]]:
    """All rows with their pictures."""
    ids = published.table(("sample_id",))["sample_id"].to_pylist()
    columns = ("image", "codec", "source_id", "twin_of")
    return list(published.rows(ids, columns).values())
