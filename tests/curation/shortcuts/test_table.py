"""Columns of a million rows say what rows say one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from curation.shortcuts.audit import audit
from curation.shortcuts.catalogue import FEATURES
from curation.shortcuts.file_features import size_features
from curation.shortcuts.sampling import drawn
from curation.shortcuts.side_information import SideInformation, side_table
from curation.shortcuts.table import FeatureTable, tabulate
from schemas.errors import DatasetError
from schemas.picture import Codec
from schemas.shortcuts import Family
from schemas.vocabulary import Label

ROWS = [
    SideInformation(Label.REAL, "b", Codec("PNG"), 640, 480, 900, "natural"),
    SideInformation(
        Label.FAKE, "a", Codec("JPEG", 90, "4:2:0", 2, False), 512, 512, 800, "natural", "splice"
    ),
    SideInformation(Label.FAKE, "b", Codec("JPEG", 75, "4:4:4", 1, False), 99, 77, 700),
]


def column(table: FeatureTable, name: str) -> list[object]:
    found = next(one for one in table.columns if one.feature.name == name)
    return [
        None if np.isnan(value) else found.kinds[int(value)] if found.kinds else float(value)
        for value in found.values
    ]


def test_columns_say_what_the_rows_say() -> None:
    table = tabulate(side_table(ROWS))
    assert table.fake.tolist() == [False, True, True]
    assert table.group.tolist() == [1, 0, 1]
    assert column(table, "format") == ["PNG", "JPEG", "JPEG"]
    assert column(table, "quality") == [None, 90, 75]
    assert column(table, "subsampling") == [None, "4:2:0", "4:4:4"]
    assert column(table, "saves") == [0, 2, 1]
    for number, row in enumerate(ROWS):
        for name, value in size_features(row.width, row.height, row.bytes).items():
            assert column(table, name)[number] == pytest.approx(value)
    assert table.domain.codes.tolist() == [0, 0, -1]
    assert table.generator.kinds == ("splice",)


def test_labels_and_codecs_in_other_forms() -> None:
    plain = side_table(ROWS)
    structs = pa.array(
        [{"format": "PNG", "quality": None, "subsampling": None, "saves": 0}]
        + [{"format": "JPEG", "quality": 90, "subsampling": "4:2:0", "saves": 2}] * 2
    )
    numbers = plain.set_column(0, "label", pa.array([0, 1, 1]))
    numbers = numbers.set_column(plain.column_names.index("codec"), "codec", structs)
    table = tabulate(pa.concat_tables([numbers, numbers]))
    assert table.fake.tolist() == [False, True, True] * 2
    assert column(table, "quality")[:3] == [None, 90, 90]
    coded = plain.set_column(0, "label", plain["label"].combine_chunks().dictionary_encode())
    assert tabulate(coded).fake.tolist() == [False, True, True]


def test_a_feature_of_its_own_comes_before_what_is_worked_out() -> None:
    table = side_table(ROWS).append_column("quality", pa.array([1.0, None, 3.0]))
    table = table.append_column("scan", pa.array(["baseline", None, "progressive"]))
    found = tabulate(table)
    assert column(found, "quality") == [1, None, 3]
    assert column(found, "scan") == ["baseline", None, "progressive"]
    names = [one.feature.name for one in found.columns]
    assert names == [name for name in FEATURES if name in names]


def test_what_is_missing_or_odd_is_said() -> None:
    table = side_table(ROWS)
    with pytest.raises(DatasetError, match="group_id"):
        tabulate(table.drop_columns(["group_id"]))
    with pytest.raises(DatasetError, match="'maybe'"):
        tabulate(table.set_column(0, "label", pa.array(["real", "maybe", "fake"])))
    with pytest.raises(DatasetError, match="no label"):
        tabulate(table.set_column(0, "label", pa.array(["real", None, "fake"])))
    alone = table.set_column(1, "group_id", pa.array([None, None, "a"]))
    assert np.unique(tabulate(alone).group).size == 3


def many(rows: int, seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    quality = rng.choice([75, 85, 95], rows)
    return pa.table(
        {
            "label": rng.random(rows) < 0.5,
            "group_id": rng.integers(0, rows // 3, rows),
            "width": rng.integers(256, 1024, rows),
            "height": rng.integers(256, 1024, rows),
            "quality": quality.astype(np.float64),
            "domain": pa.array(np.array(["natural", "document"])[rng.integers(0, 2, rows)]),
            "generator": pa.array(np.array(["a", "b", "c"])[rng.integers(0, 3, rows)]),
        }
    )


def test_a_large_set_is_drawn_from_by_content_and_not_by_order() -> None:
    whole = tabulate(many(30_000))
    turned = tabulate(many(30_000).take(pa.array(np.arange(30_000)[::-1])))
    places, back = drawn(whole, 2_000, 100, 5), drawn(turned, 2_000, 100, 5)
    assert 2_000 <= places.size <= 2_000 + 5 * 100
    for first, second in zip(whole.take(places).columns, turned.take(back).columns, strict=True):
        np.testing.assert_array_equal(first.values, second.values)
    share = whole.fake[places].mean()
    assert share == pytest.approx(whole.fake.mean(), abs=0.04)
    assert drawn(whole, 2_000, 100, 6).tolist() != places.tolist()


def test_a_shortcut_of_one_generator_is_found_in_its_slice_alone() -> None:
    table = many(2_400)
    spoiled = [
        960 if fake and generator == "b" else width
        for fake, generator, width in zip(
            table["label"].to_pylist(),
            table["generator"].to_pylist(),
            table["width"].to_pylist(),
            strict=True,
        )
    ]
    report = audit(table.set_column(2, "width", pa.array(spoiled)), 0)
    by_name = {one.name: one for one in report.slices}
    assert set(by_name) == {"natural", "document", "a", "b", "c"}
    told, quiet = by_name["b"].estimate, by_name["a"].estimate
    assert told is not None
    assert quiet is not None
    assert told.auc > 0.95
    assert by_name["b"].tells == FEATURES["width"].title
    assert quiet.p_value > 0.05
    assert by_name["a"].tells == ""


def test_families_can_be_chosen_and_pixels_never_decide() -> None:
    table = many(600)
    blue = np.where(table["label"].to_numpy(), 200.0, 100.0)
    report = audit(table.append_column("blue", pa.array(blue)), 0, by_slice=False)
    assert report.auc < 0.6
    assert report.statistics is not None
    assert report.statistics.auc > 0.99
    assert [one.feature for one in report.statistics_findings] == ["blue"]
    assert "blue" not in {one.name for one in report.features}
    asked = audit(
        table.append_column("blue", pa.array(blue)), 0, families=[Family.COLOUR], by_slice=False
    )
    assert asked.auc > 0.99
    assert asked.statistics is None
