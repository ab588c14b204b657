"""The published columns: documented, typed, and filled by records."""

from __future__ import annotations

from dataclasses import fields

from schemas.features import COLUMNS, arrow_schema, features
from schemas.record import Record


def test_columns_features_and_record_name_the_same_things_in_one_order() -> None:
    names = list(features())
    assert names == list(COLUMNS)
    assert names == [field.name for field in fields(Record)]
    assert names == arrow_schema().names


def test_the_features_stand_in_the_schema_metadata() -> None:
    assert b"ClassLabel" in arrow_schema().metadata[b"huggingface"]
