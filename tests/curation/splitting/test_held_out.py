"""Hold-outs: what they cover, and that a held-out forgery is never trained on."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from curation.splitting.held_out import COLUMNS, Made, enforce, held_out_by, prove_held_out
from schemas.errors import DatasetError
from schemas.recipe.splits import HoldOut

FLUX = Made("diffusion_inpaint", "flux.1", "flux-vae-16", "2024-08-01", "inpaint_object")
SPLICE = Made("splice", "classical", "", "", "splice")


@pytest.mark.parametrize(
    "hold_out",
    [
        HoldOut(generator="diffusion_inpaint"),
        HoldOut(family="flux.1"),
        HoldOut(autoencoder="flux-vae-16"),
        HoldOut(operation="inpaint_object"),
        HoldOut(released_from="2024-08-01"),
        HoldOut(released_from="2024-06"),
        HoldOut(released_from="2024"),
    ],
)
def test_each_kind_covers_what_it_names_and_nothing_else(hold_out: HoldOut) -> None:
    assert held_out_by(FLUX, [hold_out]) == 0
    assert held_out_by(SPLICE, [hold_out]) is None


def test_dates_of_unlike_precision() -> None:
    from_june = [HoldOut(released_from="2024-06-15")]
    assert held_out_by(Made(released="2024"), from_june) == 0
    assert held_out_by(Made(released="2024-06"), from_june) == 0
    assert held_out_by(Made(released="2024-06-14"), from_june) is None
    assert held_out_by(Made(released="2023"), from_june) is None
    assert held_out_by(Made(), from_june) is None


def row(name: str, group: str, split: str, made: Made | None = None) -> dict[str, Any]:
    facts = (
        [None] * 5
        if made is None
        else [made.generator, made.family, made.autoencoder, made.released, made.operation]
    )
    return {"sample_id": name, "group_id": group, "split": split} | dict(
        zip(COLUMNS, facts, strict=True)
    )


def table() -> pa.Table:
    rows = [
        row("r1", "g1", "train"),
        row("f1", "g1", "train", FLUX),
        row("s1", "g1", "train", SPLICE),
        row("r2", "g2", "test"),
        row("f2", "g2", "test", FLUX),
        row("r3", "g3", "validation"),
        row("s3", "g3", "validation", SPLICE),
    ]
    return pa.Table.from_pylist(rows)


HELD = [HoldOut(operation="stamp"), HoldOut(family="flux.1")]


def with_splits(rows: pa.Table, splits: pa.Array) -> pa.Table:
    return rows.set_column(rows.column_names.index("split"), "split", splits)


def test_a_whole_group_moves_into_test() -> None:
    found = enforce(table(), HELD)
    assert found.splits.to_pylist() == ["test"] * 5 + ["validation"] * 2
    assert found.left_out.null_count == 7
    (moved,) = found.moved
    assert (moved.group, moved.before, moved.rows) == ("g1", "train", 3)
    assert moved.held_out == "family flux.1"
    prove_held_out(with_splits(table(), found.splits), HELD)


def test_or_the_forgery_alone_is_left_out() -> None:
    found = enforce(table(), HELD, "leave_out")
    assert found.splits.to_pylist() == table()["split"].to_pylist()
    assert found.left_out.to_pylist() == [None, "held_out: family flux.1", *[None] * 5]
    assert found.moved == ()
    prove_held_out(table().filter(found.left_out.is_null()), HELD)


def test_the_proof_names_what_was_missed() -> None:
    with pytest.raises(DatasetError, match=r"1 held-out .* \(1 of family flux.1\), such as f1"):
        prove_held_out(table(), HELD)


def test_there_may_be_no_test_split_yet() -> None:
    rows = table().slice(0, 2)
    assert enforce(rows, HELD).splits.to_pylist() == ["test", "test"]
    with pytest.raises(DatasetError, match="f1"):
        prove_held_out(rows, HELD)


def test_models_of_unknown_date_are_told() -> None:
    undated = Made("api_edit", "unknown", "some-vae", "", "instruct_edit")
    rows = pa.Table.from_pylist([row("f", "g", "train", undated), row("s", "g", "train", SPLICE)])
    assert enforce(rows, [HoldOut(released_from="2024")]).undated == ("api_edit",)
    assert enforce(rows, HELD).undated == ()


def test_nothing_to_enforce() -> None:
    rows = table()
    assert enforce(rows, []).splits.to_pylist() == rows["split"].to_pylist()
    prove_held_out(rows, [])
    empty = rows.slice(0, 0)
    assert len(enforce(empty, HELD).splits) == 0
    prove_held_out(empty, HELD)


def test_a_row_without_a_group() -> None:
    with pytest.raises(ValueError, match="row 0 has no group"):
        enforce(
            pa.Table.from_pylist([row("f", "g", "train", FLUX) | {"group_id": None}]).cast(
                table().schema
            ),
            HELD,
        )
