"""Orders: the same for the same seed, nothing twice, nothing lost, balanced where asked."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.data.order import Lanes, Locality, Order

CLASSES = ["real"] * 60 + ["splice"] * 30 + ["copy_move"] * 7 + ["redraw"] * 3


def test_an_epoch_is_a_function_of_seed_and_epoch() -> None:
    order = Order(50, seed=3)
    assert order.epoch(1).tolist() == Order(50, seed=3).epoch(1).tolist()
    assert order.epoch(1).tolist() != order.epoch(2).tolist()
    assert order.epoch(1).tolist() != Order(50, seed=4).epoch(1).tolist()
    assert sorted(order.epoch(0).tolist()) == list(range(50))


def test_classes_are_drawn_alike_in_every_stretch() -> None:
    drawn = Order(len(CLASSES), seed=0, classes=CLASSES).epoch(0)
    names = [CLASSES[row] for row in drawn]
    assert Counter(names) == dict.fromkeys(set(CLASSES), 25)
    for first in range(0, 100, 20):
        assert all(3 <= count <= 7 for count in Counter(names[first : first + 20]).values())
    for name in set(CLASSES):
        times = Counter(row for row in drawn.tolist() if CLASSES[row] == name)
        fewest = 0 if len(times) < CLASSES.count(name) else min(times.values())
        assert max(times.values()) - fewest <= 1


def test_weights_set_the_shares() -> None:
    weights = {"real": 2.0, "splice": 1.0, "redraw": 1.0}
    drawn = Order(len(CLASSES), seed=0, classes=CLASSES, weights=weights).epoch(5)
    assert Counter(CLASSES[row] for row in drawn) == {"real": 50, "splice": 25, "redraw": 25}


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="of which there is no row"):
        Order(100, 0, CLASSES, {"spilce": 1.0})
    with pytest.raises(ValueError, match="none below 0"):
        Order(100, 0, CLASSES, {"splice": -1.0})
    with pytest.raises(ValueError, match="100 classes for 3 rows"):
        Order(3, 0, CLASSES)
    with pytest.raises(ValueError, match="need the classes"):
        Order(3, 0, weights={"real": 1.0})
    with pytest.raises(ValueError, match="at least one row"):
        Order(0, 0)


@given(
    rows=st.integers(1, 200),
    batch=st.integers(1, 9),
    ranks=st.integers(1, 3),
    workers=st.integers(1, 3),
    balanced=st.booleans(),
)
def test_row_groups_come_together_and_nothing_else_changes(
    rows: int, batch: int, ranks: int, workers: int, balanced: bool
) -> None:
    lanes = Lanes(batch, ranks, workers)
    classes = [CLASSES[row % 100] for row in range(rows)] if balanced else None
    near = Order(rows, 1, classes, locality=Locality(np.arange(rows) // 10, lanes, 2)).epoch(0)
    assert sorted(near.tolist()) == sorted(Order(rows, 1, classes).epoch(0).tolist())
    assert set(lanes.of_places(rows).tolist()) <= set(range(ranks * workers))


def test_each_lane_reads_groups_of_its_own() -> None:
    lanes = Lanes(batch_size=5, ranks=2, workers=2)
    places = np.arange(400) // 10
    drawn = Order(400, 1, locality=Locality(places, lanes, groups=2)).epoch(0)
    lane = lanes.of_places(400)
    readers = Counter(group for one in range(4) for group in set(places[drawn[lane == one]]))
    assert sum(readers.values()) <= 40 + 3 * 2
    for one in range(4):
        own = places[drawn[lane == one]]
        assert all(len(set(own[first : first + 20])) <= 4 for first in range(0, len(own), 20))
        assert own.tolist() != sorted(own.tolist())


def test_a_digest_tells_orders_apart() -> None:
    orders = [
        Order(100, 0),
        Order(100, 1),
        Order(100, 0, CLASSES),
        Order(100, 0, CLASSES, {"real": 1.0}),
        Order(100, 0, locality=Locality(np.arange(100), Lanes(2))),
    ]
    assert len({order.digest for order in orders}) == len(orders)
    other = Order(100, 0, locality=Locality(np.arange(100), Lanes(3)))
    assert other.digest == orders[-1].digest
