"""Hold-outs: what they cover, and that a held-out forgery is never trained on."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from curation.splitting.held_out import COLUMNS, held_out_rows, prove_held_out
from schemas.errors import DatasetError
from schemas.recipe.splits import HoldOut

Made = tuple[str, str, str, str, str]
FLUX = ("diffusion_inpaint", "flux.1", "flux-vae-16", "2024-08-01", "inpaint_object")
SPLICE = ("splice", "classical", "", "", "splice")


def row(name: str, split: str, made: Made | None = None) -> dict[str, Any]:
    facts = made or (None,) * len(COLUMNS)
    return {"sample_id": name, "split": split} | dict(zip(COLUMNS, facts, strict=True))


def table(*rows: dict[str, Any]) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in ("sample_id", "split", *COLUMNS)])
    return pa.Table.from_pylist(list(rows), schema)


def held_out(hold_out: HoldOut, *made: Made) -> list[bool]:
    rows = table(*(row(str(number), "train", one) for number, one in enumerate(made)))
    return [place == 0 for place in held_out_rows(rows, [hold_out]).tolist()]


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
    assert held_out(hold_out, FLUX, SPLICE, FLUX) == [True, False, True]


def test_dates_of_unlike_precision() -> None:
    dates = {"2024": True, "2024-06": True, "2024-06-14": False, "2023": False, "": False}
    made: list[Made] = [("api_edit", "", "", date, "") for date in dates]
    assert held_out(HoldOut(released_from="2024-06-15"), *made) == list(dates.values())


ROWS = (
    row("r1", "train"),
    row("f1", "train", FLUX),
    row("s1", "train", SPLICE),
    row("r2", "test"),
    row("f2", "test", FLUX),
)
HELD = [HoldOut(operation="stamp"), HoldOut(family="flux.1"), HoldOut(released_from="2024")]


def test_the_first_that_covers_a_row_is_named_and_real_pictures_are_free() -> None:
    assert held_out_rows(table(*ROWS), HELD).tolist() == [-1, 1, -1, -1, 1]
    assert held_out_rows(table(*ROWS), []).tolist() == [-1] * 5


def test_the_proof_names_what_was_missed() -> None:
    with pytest.raises(DatasetError, match=r"1 held-out .* \(1 of family flux.1\), such as f1"):
        prove_held_out(table(*ROWS), HELD)
    with pytest.raises(DatasetError, match="f1"):
        prove_held_out(table(*ROWS[:2]), HELD)  # There is no test split at all.


def test_nothing_is_missed() -> None:
    prove_held_out(table(*ROWS), [])
    prove_held_out(table(*ROWS[2:]), HELD)
    prove_held_out(table(), HELD)
