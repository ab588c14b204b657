"""Contact sheets and sample sheets show what they say, and choose the same samples every time."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from dataset_cards.contact_sheet import contact_sheet
from dataset_cards.exhibits import exhibits
from dataset_cards.overlay import TINT, overlay
from dataset_cards.sample_sheet import sample_sheet
from schemas.features import LABELS, arrow_schema
from schemas.vocabulary import Domain
from storage.published import PublishedSet


def _height(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as image:
        assert image.width == 1600
        return image.height


def test_equal_sets_get_equal_sheets(made: PublishedSet, copy: PublishedSet) -> None:
    assert contact_sheet(made) == contact_sheet(copy)


def test_a_sheet_can_leave_domains_out(made: PublishedSet) -> None:
    whole = contact_sheet(made)
    documents = contact_sheet(made, domains=(Domain.DOCUMENT,))
    assert _height(documents) < _height(whole)
    assert contact_sheet(made, domains=(Domain.AIGC,)) == b""


def test_rows_and_columns_of_a_sheet(made: PublishedSet) -> None:
    two = _height(contact_sheet(made))
    assert _height(contact_sheet(made, per_operation=4)) > two
    assert _height(contact_sheet(made, per_operation=3, columns=3, format="PNG")) < two


def test_exhibits_are_of_different_sources_and_show_the_change(made: PublishedSet) -> None:
    shown = list(exhibits(made, 3, tuple(Domain)))
    assert len({one.sample_id for one in shown}) == len(shown) == 18
    for one in shown:
        assert one.source is not None
        assert one.area is not None
        assert one.mask.any()
        assert one.forged.shape == (*one.mask.shape, 3)
        assert ((one.forged != one.source).any(axis=2) == one.mask).all()


def test_a_forgery_whose_source_is_not_in_the_set_is_shown_without_it(copy: PublishedSet) -> None:
    for shard in copy.shards():
        path = copy.folder / shard.path
        table = pq.read_table(path.path, schema=arrow_schema())
        fakes = [value == LABELS.index("fake") for value in table["label"].to_pylist()]
        pq.write_table(table.filter(fakes), path.path)
    shown = list(exhibits(copy, 1, tuple(Domain)))
    assert len(shown) == 6
    assert all(one.source is None for one in shown)
    assert _height(contact_sheet(copy)) > 0


def test_an_overlay_tints_the_mask_and_nothing_else() -> None:
    pixels = np.full((40, 60, 3), 120, np.uint8)
    mask = np.zeros((40, 60), np.bool_)
    mask[10:30, 20:40] = True
    shown = overlay(pixels, mask, 120, 80).astype(int)
    assert shown.shape == (80, 120, 3)
    inside, outside = shown[40, 60], shown[4, 4]
    assert inside[0] > 140 > inside[1]
    assert outside.max() == outside.min()
    line = np.abs(shown[40] - TINT).max(axis=1) < 40
    assert np.flatnonzero(line[:60]).size, "no outline at the left"
    assert np.flatnonzero(line[:60]).max() <= 41, "the outline covers the inside"


def _rows(made: PublishedSet) -> tuple[dict[str, Any], dict[str, Any]]:
    rows = made.table(("sample_id", "source_id")).to_pylist()
    fake = next(row for row in rows if row["sample_id"] != row["source_id"])
    return made.row(fake["sample_id"]), made.row(fake["source_id"])


def test_a_sample_sheet_shows_what_the_row_has(made: PublishedSet) -> None:
    fake, source = _rows(made)
    whole = sample_sheet(fake, source)
    assert whole.mode == "RGB"
    assert whole.width > sample_sheet(fake, None).width > 0
    bare = dict.fromkeys(("mask_requested", "mask_applied", "mask_observed"))
    assert sample_sheet({**fake, **bare}, source).width < whole.width
    assert sample_sheet(source, None).height == whole.height
