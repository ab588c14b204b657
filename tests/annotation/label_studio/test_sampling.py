"""People are asked where raters disagree, and otherwise evenly; and always the same."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.label_studio.sampling import Candidate, choose, disagreement
from schemas.recipe.raters import Review
from schemas.vocabulary import Verdict
from tests.annotation.label_studio.reviews import row

P, A, U = Verdict.PRESENT, Verdict.ABSENT, Verdict.UNSURE


def _candidates(reals: int, forgeries: dict[tuple[str, str], int]) -> list[Candidate]:
    made = [Candidate(f"real{index}", None, None) for index in range(reals)]
    for (generator, operation), count in forgeries.items():
        made += [
            Candidate(f"{generator}-{operation}-{index}", generator, operation)
            for index in range(count)
        ]
    return made


def _disputed(name: str, verdicts: tuple[Verdict, ...]) -> Candidate:
    rows = tuple(
        row(name, verdict=verdict, rater=str(index)) for index, verdict in enumerate(verdicts)
    )
    return Candidate(name, "splicer", "splice", rows)


def test_disagreement_is_the_entropy_of_what_was_said() -> None:
    assert disagreement([]) == 0
    assert disagreement(_disputed("a", (P, P, P)).rows) == 0
    assert disagreement(_disputed("a", (P, A)).rows) == 1
    assert disagreement(_disputed("a", (U, U)).rows) == 1
    assert disagreement(_disputed("a", (P, P, P, A)).rows) == pytest.approx(0.811278, abs=1e-6)
    both = [row("a", "edges", P), row("a", "texture", U)]
    assert disagreement(both) == 0.5


def test_half_of_the_places_go_to_the_disputed_ones() -> None:
    calm = _candidates(40, {("splicer", "splice"): 40})
    disputed = [_disputed(f"disputed{index}", (P, A)) for index in range(30)]
    mild = [_disputed(f"mild{index}", (P, P, P, A)) for index in range(30)]
    review = Review(tasks=20, disagreement=0.5)
    chosen = choose([*calm, *mild, *disputed], review)
    assert len(chosen) == len(set(chosen)) == 20
    assert sum(name.startswith("disputed") for name in chosen[:10]) == 10


def test_the_rest_is_half_real_and_even_over_generators_and_operations() -> None:
    forgeries = {("a", "splice"): 100, ("a", "copy_move"): 50, ("b", "inpaint"): 10}
    review = Review(tasks=60, disagreement=0.0)
    chosen = choose(_candidates(100, forgeries), review)
    kinds = Counter(name.rstrip("0123456789").rstrip("-") for name in chosen)
    assert kinds == {"real": 30, "a-splice": 10, "a-copy_move": 10, "b-inpaint": 10}


def test_what_one_class_cannot_fill_falls_to_the_others() -> None:
    chosen = choose(_candidates(3, {("a", "x"): 50, ("b", "y"): 2}), Review(tasks=30))
    kinds = Counter(name.rstrip("0123456789").rstrip("-") for name in chosen)
    assert kinds == {"real": 3, "a-x": 25, "b-y": 2}
    assert len(choose(_candidates(50, {("a", "x"): 4}), Review(tasks=30))) == 30


def test_whoever_was_asked_before_stays_and_counts() -> None:
    candidates = _candidates(50, {("a", "x"): 50})
    first = choose(candidates, Review(tasks=10))
    again = choose(candidates, Review(tasks=10), already=first)
    assert set(again) == set(first)
    more = choose(candidates, Review(tasks=25), already=first)
    assert set(first) < set(more)
    assert len(more) == 25
    assert "gone" not in choose(candidates, Review(tasks=10), already=["gone"])


@given(st.randoms(use_true_random=False), st.integers(0, 40), st.integers(0, 40))
def test_the_order_of_candidates_decides_nothing(rng: Random, reals: int, forged: int) -> None:
    candidates = _candidates(reals, {("a", "x"): forged, ("b", "y"): 3})
    turned = list(candidates)
    rng.shuffle(turned)
    review = Review(tasks=12)
    assert choose(turned, review) == choose(candidates, review)
    assert len(choose(candidates, review)) == min(12, len(candidates))


def test_without_a_number_all_are_asked_about() -> None:
    candidates = _candidates(5, {("a", "x"): 7})
    assert sorted(choose(candidates, Review())) == sorted(one.sample_id for one in candidates)
