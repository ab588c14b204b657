"""Coefficients of one table, put together from the pieces that the report is made of."""

from __future__ import annotations

import numpy as np

from annotation.agreement.coefficients import (
    Floats,
    alpha_expected,
    coefficient,
    cohen_expected,
    fleiss_expected,
    unit_disagreement,
)


def krippendorff_alpha(counts: Floats, distances: Floats | None = None) -> float:
    """Krippendorff's alpha of counts (units, values), nominal without distances; NaN: undefined."""
    distances = 1 - np.eye(counts.shape[1]) if distances is None else distances
    observed, values = unit_disagreement(counts, distances)
    expected = alpha_expected(values.sum(axis=0), distances)
    return float(coefficient(observed.sum(), expected))


def fleiss_kappa(counts: Floats) -> float:
    """Fleiss' kappa of counts (units, values), all units judged as often; NaN: undefined."""
    judged = counts.sum(axis=1)
    if len(set(judged.tolist())) > 1:
        raise ValueError("Fleiss' kappa wants the same number of judgements for every unit")
    distances = 1 - np.eye(counts.shape[1])
    observed, values = unit_disagreement(counts, distances)
    return float(coefficient(observed.sum(), fleiss_expected(values.sum(axis=0), distances)))


def cohen_kappa(table: Floats) -> float:
    """Cohen's kappa of two raters' contingency table. NaN: undefined."""
    return float(coefficient(table.sum() - np.trace(table), cohen_expected(table)))
