"""Every generator that comes with Counterfoil keeps the contract."""

from __future__ import annotations

import pytest

from generators.conformance import check
from generators.registry import built_in
from schemas.errors import MissingExtraError


@pytest.mark.parametrize("name", built_in())
def test_a_built_in_generator_passes(name: str) -> None:
    try:
        findings = check(name)
    except MissingExtraError as error:
        pytest.skip(str(error))
    assert [finding for finding in findings if not finding.passed] == []
