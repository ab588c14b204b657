"""What may be passed on is decided by every licence that a picture stands under."""

from __future__ import annotations

from typing import Any

import pytest

from curation.attribution import attribution_markdown
from curation.licences import (
    forgery_licence,
    generator_licence,
    objection,
    permits,
    permitted,
)

_SOURCES = "Output carries the licences of its sources."


def row(sample_id: str, licence: str, forged: bool = False, **facts: Any) -> dict[str, Any]:
    return {
        "sample_id": sample_id,
        "licence": licence,
        "operation": "splice" if forged else None,
        "generator": "splice" if forged else None,
        "generator_model": None,
        "generator_terms": _SOURCES if forged else None,
        "source_id": sample_id,
        "second_source_id": None,
        "attribution": "",
        **facts,
    }


@pytest.mark.parametrize(
    ("licence", "wanted", "expected"),
    [
        ("CC-BY-4.0", "CC-BY*", True),
        ("CC-BY-2.0", "cc-by-*", True),
        ("CC-BY-NC-4.0", "CC-BY*", False),
        ("CC-BY-NC-4.0", "CC-BY-NC*", True),
        ("CC-BY-NC-SA-4.0", "CC-BY-NC*", False),
        ("CC-BY-NC-SA-4.0", "*", True),
        ("cc by 4.0", "CC-BY-4.0", True),
        ("CC-BY-NC-4.0", "commercial", False),
        ("CC-BY-NC-4.0", "redistribute", True),
        ("CC-BY-SA-4.0", "commercial", True),
        ("all rights reserved", "redistribute", False),
        ("unknown", "redistribute", False),
        ("unknown", "unknown", True),
        ("The club's own", "unknown", True),
    ],
)
def test_a_star_is_any_version_and_no_condition(licence: str, wanted: str, expected: bool) -> None:
    assert permits(licence, wanted) is expected


def test_every_licence_of_a_picture_must_be_permitted_by_one_that_is_wanted() -> None:
    assert permits("CC0-1.0 AND CC-BY-2.0", ["CC0-1.0", "CC-BY*"])
    assert not permits("CC0-1.0 AND CC-BY-2.0", ["CC0-1.0"])
    assert permits("MIT OR CC-BY-NC-4.0", ["commercial"])


@pytest.mark.parametrize(
    ("terms", "adds"),
    [
        (_SOURCES, ""),
        ("", ""),
        ("Output is subject to the checkpoint's licence: Apache-2.0.", "Apache-2.0"),
        ("licence: CC-BY-NC-4.0; The makers", "CC-BY-NC-4.0"),
        (f"Made with a swapper (CC-BY-NC-4.0). {_SOURCES[:-1]}, too.", "CC-BY-NC-4.0"),
        ("Unknown: the licence of the checkpoint was not given.", "unknown"),
        ("The output is yours, but trains no rival.", "LicenseRef-service-terms"),
    ],
)
def test_a_generator_adds_its_terms(terms: str, adds: str) -> None:
    assert generator_licence(terms) == adds
    assert forgery_licence(["CC0-1.0"], terms) == " AND ".join(sorted({"CC0-1.0", adds} - {""}))


@pytest.mark.parametrize(
    ("licence", "changed", "because"),
    [
        ("CC-BY-4.0", True, ""),
        ("CC-BY-ND-4.0", False, ""),
        ("CC-BY-ND-4.0", True, "changed copies"),
        ("CC0-1.0 AND CC-BY-NC-ND-2.0", True, "changed copies"),
        ("all rights reserved", False, "be passed on"),
        ("CC-BY-SA-2.0 AND CC-BY-SA-4.0", True, ""),
        ("CC-BY-NC-SA-2.0 AND CC-BY-NC-4.0", True, ""),
        ("CC-BY-SA-2.0 AND CC-BY-NC-4.0", True, "cannot both be kept"),
        ("CC-BY-SA-4.0 AND ODbL-1.0", True, "cannot both be kept"),
        ("unknown", True, ""),
    ],
)
def test_a_forgery_of_what_may_not_be_changed_is_objected_to(
    licence: str, changed: bool, because: str
) -> None:
    said = objection(licence, changed=changed)
    assert because in said
    assert bool(said) == bool(because)


def test_rows_are_counted_by_why_they_are_left_out() -> None:
    rows = [
        row("a", "CC0-1.0"),
        row("b", "CC-BY-ND-4.0"),
        row("c", "CC-BY-ND-4.0", forged=True),
        row("d", "unknown"),
        row("e", "CC0-1.0", forged=True, generator_terms="Ask the service."),
        row("f", "CC0-1.0 AND CC-BY-NC-4.0", forged=True),
    ]
    found = permitted(rows, ["commercial"])
    assert found.sample_ids == {"a", "b"}
    assert sum(found.left_out.values()) == 4
    assert found.left_out["nobody knows the licence"] == 1
    assert found.left_out["the licence is CC-BY-NC-4.0 (non-commercial)"] == 1
    assert any("changed copies" in reason for reason in found.left_out)
    assert any("service" in reason for reason in found.left_out)


def test_the_attribution_names_both_sources_of_a_splice_and_the_model() -> None:
    real = [
        row("a", "CC-BY-2.0", attribution="Ann | and <Co>"),
        row("b", "CC0-1.0", attribution="Bob"),
    ]
    splice = row("s", "CC-BY-2.0 AND CC0-1.0", forged=True, source_id="a", second_source_id="b")
    drawn = row(
        "d",
        "CC0-1.0",
        forged=True,
        source_id="b",
        generator="paint",
        generator_model="easel",
        generator_terms="licence: MIT",
    )
    alone = row("i", "MIT", forged=True, source_id=None, attribution="Importers")
    text = attribution_markdown(
        [*real, splice, drawn, alone], {each["sample_id"]: each for each in real}
    )
    assert "5 pictures: 2 real, 3 forged" in text
    assert "| Ann \\| and &lt;Co> | CC-BY-2.0 | 1 | 1 |" in text
    assert "| Bob | CC0-1.0 | 1 | 2 |" in text
    assert "| Importers | MIT | 0 | 1 |" in text
    assert "| CC0-1.0 AND MIT | name the author and keep the notice | 1 |" in text
    assert "| paint (easel) | licence: MIT | 1 |" in text
