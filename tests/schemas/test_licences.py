"""Licences are read from what sources call them, and nothing is assumed of the unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.licences import Kind, joined, licence_of, terms_of


@pytest.mark.parametrize(
    ("text", "known_as", "kind"),
    [
        ("CC0-1.0", "CC0-1.0", Kind.FREE),
        ("cc0", "CC0-1.0", Kind.FREE),
        ("CC0 1.0 Universal", "CC0-1.0", Kind.FREE),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", Kind.FREE),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "public-domain", Kind.FREE),
        ("Public Domain", "public-domain", Kind.FREE),
        ("United States Government Work", "public-domain", Kind.FREE),
        ("cc by 4.0", "CC-BY-4.0", Kind.ATTRIBUTION),
        ("CC-BY-2.0", "CC-BY-2.0", Kind.ATTRIBUTION),
        ("cc-by-4", "CC-BY-4.0", Kind.ATTRIBUTION),
        ("Attribution License", "CC-BY", Kind.ATTRIBUTION),
        ("Creative Commons Attribution-ShareAlike 4.0 International", "CC-BY-SA-4.0",
         Kind.SHARE_ALIKE),
        ("Attribution-NonCommercial-ShareAlike License", "CC-BY-NC-SA", Kind.NON_COMMERCIAL),
        ("https://creativecommons.org/licenses/by-nc-nd/3.0/", "CC-BY-NC-ND-3.0",
         Kind.NO_DERIVATIVES),
        ("MIT License", "MIT", Kind.ATTRIBUTION),
        ("The Apache License, Version 2.0", "Apache-2.0", Kind.ATTRIBUTION),
        ("bsd 3-clause", "BSD-3-Clause", Kind.ATTRIBUTION),
        ("GPL-3.0", "GPL-3.0-only", Kind.SHARE_ALIKE),
        ("All rights reserved", "all-rights-reserved", Kind.RESERVED),
        ("", "unknown", Kind.UNKNOWN),
        ("other", "unknown", Kind.UNKNOWN),
        ("some camera club's own", "some camera club's own", Kind.UNKNOWN),
        ("attribution is given below", "attribution is given below", Kind.UNKNOWN),
    ],
)  # fmt: skip
def test_a_licence_is_read_from_what_sources_call_it(text: str, known_as: str, kind: Kind) -> None:
    licence = licence_of(text)
    assert (licence.id, licence.kind) == (known_as, kind)
    assert licence_of(licence.id) == licence


def test_expressions_are_as_strict_as_their_strictest_member() -> None:
    assert terms_of("CC0-1.0 AND CC-BY-NC-4.0").kind is Kind.NON_COMMERCIAL
    assert terms_of("CC0-1.0 AND unknown").kind is Kind.UNKNOWN
    assert terms_of("MIT OR GPL-3.0").kind is Kind.ATTRIBUTION
    assert terms_of("(MIT OR GPL-3.0) AND CC-BY-SA-4.0").kind is Kind.SHARE_ALIKE


_SPELLINGS = st.sampled_from(
    ["CC0-1.0", "cc-by 4.0", "CC-BY-4.0", "MIT", "unknown", "Club licence", "MIT OR GPL-3.0"]
)


@given(st.lists(_SPELLINGS, min_size=1, max_size=5))
def test_joining_names_each_once_in_one_order_and_reads_back(licences: list[str]) -> None:
    whole = joined(licences)
    assert whole == joined(reversed(licences)) == joined([whole, *licences])
    members = {member for text in licences for member in terms_of(text).members}
    assert len(terms_of(whole).members) == len(members)
    assert terms_of(whole).kind == terms_of(" AND ".join(licences)).kind
