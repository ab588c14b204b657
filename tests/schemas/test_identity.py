"""Ids and seeds depend on content alone."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import derive_id, derive_seed, digest, unit_interval

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(plain, plain)
def test_equal_content_means_equal_digest_and_other_content_another(
    one: object, other: object
) -> None:
    same = digest(one) == digest(other)
    from schemas.identity import canonical_json

    assert same == (canonical_json(one) == canonical_json(other))


@given(st.dictionaries(st.text(max_size=5), st.integers(), min_size=2))
def test_the_order_of_a_mapping_does_not_matter(mapping: dict[str, int]) -> None:
    turned = dict(reversed(mapping.items()))
    assert digest(mapping) == digest(turned)


@given(st.text(), st.text())
def test_parts_do_not_run_together(one: str, other: str) -> None:
    assert digest(one + other) != digest(one, other)


@given(plain)
def test_seeds_and_unit_numbers_stay_in_their_ranges(part: object) -> None:
    assert 0 <= derive_seed(part) < 2**63
    assert 0.0 <= unit_interval(part) < 1.0


def test_another_process_with_another_hash_seed_derives_the_same_id() -> None:
    code = "from schemas.identity import derive_id; print(derive_id('job', {'b': 1, 'a': 'é'}, 7))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert printed == {derive_id("job", {"a": "é", "b": 1}, 7)}
