"""Coefficients of agreement equal published worked examples and the libraries."""

from __future__ import annotations

import itertools

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics import distance as nltk_distance
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score

from annotation.agreement.coefficients import (
    NOMINAL,
    Floats,
    alpha_expected,
    coefficient,
    cross_disagreement,
    masi_distance,
    set_distances,
)
from tests.annotation.agreement.single_figures import cohen_kappa, fleiss_kappa, krippendorff_alpha


def counted(coders: list[str], values: str) -> Floats:
    """How many coders (a string each, a character a unit, "." for none) gave each value."""
    units = zip(*coders, strict=True)
    return np.array([[unit.count(value) for value in values] for unit in units], dtype=float)


# K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): A two observers and two
# values; B two observers and five values; C four observers, five values and missing data. The
# fourth, three coders and four values, is that of his "Content Analysis" (2004).
PUBLISHED = [
    # Four of twenty values stand in unequal pairs, of 14 zeros and 6 ones.
    (["0100000000", "1110010010"], "01", 1 - 19 * 4 / (14 * 6), 0.095),
    # 24 values: 4 a, 6 b, 6 c, 6 d, 2 e, 18 of them in equal pairs.
    (["aabbdcccedda", "babbbccceddd"], "abcde", (23 * 18 - 104) / (24 * 23 - 104), 0.692),
    # 40 pairable values: 9, 13 (not the lone 3 of the last unit), 10, 5 and 3.
    (
        ["123321412...", "1233224125.3", ".3332342251.", "12332441251."],
        "12345",
        0.743421052631579,
        0.743,
    ),
    # 26 pairable values: 7, 4, 10 and 5; twice three of them in unequal pairs.
    ([".....34121133.3", "1.213343.......", "..21344.21133.4"], "1234", 1 - 25 * 6 / 486, 0.691),
]


@pytest.mark.parametrize(("coders", "values", "exact", "printed"), PUBLISHED)
def test_alpha_of_published_tables(
    coders: list[str], values: str, exact: float, printed: float
) -> None:
    counts = counted(coders, values)
    found = krippendorff_alpha(counts)
    assert found == pytest.approx(exact, abs=1e-9)
    assert round(found, 3) == printed
    library = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    assert found == pytest.approx(float(library), abs=1e-9)


def test_cohens_own_table() -> None:
    # J. Cohen, "Weighted Kappa" (1968): 200 patients, for whom the kappa of 1960 is .492.
    table = np.array([[88, 10, 2], [14, 40, 6], [18, 10, 12]], dtype=float)
    assert cohen_kappa(table) == pytest.approx((0.70 - 0.41) / (1 - 0.41), abs=1e-9)
    assert round(cohen_kappa(table), 3) == 0.492


def test_kappa_of_artstein_and_poesio() -> None:
    # R. Artstein and M. Poesio, "Inter-Coder Agreement for Computational Linguistics" (2008):
    # observed .88, expected .396 by Cohen; pi, and with it Fleiss' kappa, .79953.
    table = np.array([[46, 6, 0], [0, 32, 0], [0, 6, 10]], dtype=float)
    assert cohen_kappa(table) == pytest.approx((0.88 - 0.396) / (1 - 0.396), abs=1e-9)
    counts = np.repeat(
        [[(i == a) + (i == b) for i in range(3)] for a in range(3) for b in range(3)],
        table.ravel().astype(int),
        axis=0,
    ).astype(float)
    assert fleiss_kappa(counts) == pytest.approx(0.79953, abs=5e-6)


# J. L. Fleiss, "Measuring Nominal Scale Agreement Among Many Raters" (1971), Table 1: 30 patients,
# each diagnosed by six psychiatrists. Values as in the paper's columns, raters in any order.
PATIENTS = (
    "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 "
    "144444 224445 333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 "
    "111155 224444 133333 555555"
)


def test_fleiss_own_table() -> None:
    counts = counted(["".join(p[i] for p in PATIENTS.split()) for i in range(6)], "12345")
    assert counts.shape == (30, 5)
    np.testing.assert_allclose(counts.sum(axis=0), [26, 26, 30, 55, 43])
    # Five of nine pairs agree; chance is the sum of the squares of the shares.
    chance = (26**2 + 26**2 + 30**2 + 55**2 + 43**2) / 180**2
    assert fleiss_kappa(counts) == pytest.approx((5 / 9 - chance) / (1 - chance), abs=1e-9)
    assert round(fleiss_kappa(counts), 3) == 0.430


@pytest.mark.parametrize(
    ("first", "second", "likeness"),
    [
        # R. Passonneau (2006): Jaccard's index times 1, 2/3, 1/3 or 0.
        ({1, 2}, {1, 2}, 1.0),
        ({1, 2}, {1, 2, 3, 4}, 1 / 2 * 2 / 3),
        ({1, 2, 3}, {1}, 1 / 3 * 2 / 3),
        ({1, 2}, {2, 3}, 1 / 3 * 1 / 3),
        ({1}, {2, 3}, 0.0),
        (set(), set(), 1.0),
        (set(), {1}, 0.0),
    ],
)
def test_masi(first: set[object], second: set[object], likeness: float) -> None:
    assert masi_distance(first, second) == pytest.approx(1 - likeness, abs=1e-12)
    assert masi_distance(second, first) == masi_distance(first, second)
    if first and second:
        assert masi_distance(first, second) == pytest.approx(
            nltk_distance.masi_distance(first, second)
        )


def test_masi_distances_of_all_sets_equal_the_library_s() -> None:
    distances = set_distances(5)
    assert distances.shape == (32, 32)
    for one, other in itertools.product(range(1, 32), repeat=2):
        sets = [{m for m in range(5) if code >> m & 1} for code in (one, other)]
        assert distances[one, other] == pytest.approx(nltk_distance.masi_distance(*sets))


def test_alpha_with_masi_equals_the_library_s() -> None:
    rng = np.random.default_rng(7)
    codes = rng.integers(1, 8, size=(40, 3))
    counts = np.zeros((40, 8))
    np.add.at(counts, (np.repeat(np.arange(40), 3), codes.ravel()), 1)
    data = [
        (f"c{c}", f"i{i}", frozenset(m for m in range(3) if codes[i, c] >> m & 1))
        for i in range(40)
        for c in range(3)
    ]
    task = AnnotationTask(data=data, distance=nltk_distance.masi_distance)
    found = krippendorff_alpha(counts, set_distances(3))
    assert found == pytest.approx(task.alpha(), abs=1e-9)


votes = st.lists(
    st.lists(st.sampled_from([None, 0, 1]), min_size=3, max_size=3), min_size=2, max_size=25
)


@settings(deadline=None)
@given(votes)
def test_alpha_equals_the_library_s_or_is_undefined(units: list[list[int | None]]) -> None:
    counts = np.array([[unit.count(0), unit.count(1)] for unit in units], dtype=float)
    pairable = counts[counts.sum(axis=1) >= 2].sum(axis=0)
    found = krippendorff_alpha(counts)
    if not pairable.all():
        assert np.isnan(found)
        return
    library = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    assert found == pytest.approx(float(library), abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_cohens_kappa_equals_scikit_learn_s(pairs: list[tuple[int, int]]) -> None:
    table = np.zeros((3, 3))
    for pair in pairs:
        table[pair] += 1
    found = cohen_kappa(table)
    if len({value for pair in pairs for value in pair}) == 1:
        assert np.isnan(found)
    else:
        first, second = zip(*pairs, strict=True)
        assert found == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=40))
def test_across_two_raters_alpha_is_the_ordinary_one(pairs: list[tuple[int, int]]) -> None:
    first = np.array([[one == 0, one == 1] for one, _ in pairs], dtype=float)
    second = np.array([[other == 0, other == 1] for _, other in pairs], dtype=float)
    observed, values = cross_disagreement(first, second, NOMINAL)
    found = coefficient(observed.sum(), alpha_expected(values.sum(axis=0), NOMINAL))
    np.testing.assert_allclose(found, krippendorff_alpha(first + second))


def test_across_panels_disagreement_within_a_panel_does_not_count() -> None:
    # Both people always contradict each other, the machine sides with the one or the other.
    people = np.array([[1.0, 1.0]] * 4)
    machine = np.array([[1.0, 0.0], [0.0, 1.0]] * 2)
    observed, values = cross_disagreement(people, machine, NOMINAL)
    np.testing.assert_allclose(observed, 1.5)
    np.testing.assert_allclose(values.sum(axis=1), 3)


def test_fleiss_wants_equal_panels() -> None:
    with pytest.raises(ValueError, match="same number"):
        fleiss_kappa(np.array([[2.0, 0.0], [2.0, 1.0]]))
