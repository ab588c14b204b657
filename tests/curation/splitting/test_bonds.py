"""Bonds: any number of kinds, the reason on record, and groups that grew too large."""

from __future__ import annotations

import pyarrow as pa
import pytest

from curation.splitting.giants import giants
from curation.splitting.groups import Grouping, bonded
from schemas.identity import derive_id

MEMBERS = ["d", "b", "a", "c", "e", "f"]


def grouping() -> Grouping:
    return bonded(
        MEMBERS,
        {
            "file": ["1.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"],
            "person": [None, "ann", "ann", "", "", None],
        },
        {"near-duplicate": (["c", "f"], ["e", "f"])},
    )


def test_groups_are_named_after_their_smallest_member_and_numbered_by_it() -> None:
    found = grouping()
    assert found.ids == tuple(derive_id("grp", name) for name in ("a", "c", "f"))
    assert found.number.tolist() == [0, 0, 0, 1, 1, 2]
    assert found.sizes().tolist() == [3, 2, 1]
    assert found.column().to_pylist() == [found.ids[number] for number in (0, 0, 0, 1, 1, 2)]


def test_what_joins_a_group_is_on_record() -> None:
    found = grouping()
    assert found.why(0) == ("file", "person")
    assert found.why(1) == ("near-duplicate",)
    assert found.why(2) == ()


def test_missing_and_empty_values_bond_nobody() -> None:
    found = bonded(["a", "b", "c", "d"], {"person": [None, "", None, ""]})
    assert len(found.ids) == 4


def test_what_is_said_of_groups_is_spread_over_members() -> None:
    found = grouping()
    splits = dict(zip(found.ids, ("train", "test", "train"), strict=True))
    assert found.spread(splits).to_pylist() == ["train"] * 3 + ["test"] * 2 + ["train"]


def test_columns_of_arrow_give_the_same() -> None:
    columns = {"file": pa.chunked_array([["1", "1"], ["2", None]]).dictionary_encode()}
    one = bonded(pa.array(["a", "b", "c", "d"]), columns, {"x": (pa.array(["c"]), pa.array(["d"]))})
    two = bonded(["a", "b", "c", "d"], {}, {"x": (["a", "d"], ["b", "c"])})
    assert one.column().to_pylist() == two.column().to_pylist()


def test_the_smallest_value_of_a_group() -> None:
    assert grouping().smallest([None, "z", "é", "b", None, None]) == ("z", "b", None)


def test_nothing_to_group() -> None:
    assert bonded([], {"file": []}).ids == ()


def test_what_cannot_be_grouped() -> None:
    with pytest.raises(ValueError, match="one of its own"):
        bonded(["a", "a"], {})
    with pytest.raises(ValueError, match="one of its own"):
        bonded(["a", None], {})
    with pytest.raises(ValueError, match="'file' has 1 rows for 2 members"):
        bonded(["a", "b"], {"file": ["x"]})
    with pytest.raises(ValueError, match="'z'"):
        bonded(["a", "b"], {}, {"near": (["a"], ["z"])})


def test_a_bond_that_joins_too_much_is_named_with_what_to_do() -> None:
    names = [f"page-{number:02}" for number in range(40)]
    template = [f"t{number % 2}" if number % 4 < 2 else None for number in range(40)]
    found = bonded(names, {"template": template, "file": names})
    large = giants(found, ["document"] * 20 + ["natural"] * 20, share=0.2)
    assert {(giant.stratum, giant.count, giant.of) for giant in large} == {
        ("document", 5, 20),
        ("natural", 5, 20),
    }
    assert large[0].why == ("template",)
    assert "25%), joined by template" in large[0].said
    assert "Leave the bond out" in large[0].said
    assert giants(found, ["document"] * 40, share=0.3) == ()


def test_a_single_picture_and_a_small_stratum_are_no_giants() -> None:
    found = bonded(["a", "b", "c"], {"file": ["1", "1", "2"]})
    assert giants(found, ["x", "x", "y"]) == ()
    assert len(giants(found, ["x", "x", "y"], least=2)) == 1
