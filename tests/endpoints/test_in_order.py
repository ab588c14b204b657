"""Results come in order, no more is read ahead than must be, and an end is an end for all."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator

import pytest

from endpoints.in_order import in_order


def test_results_come_in_the_order_of_the_items() -> None:
    def work(number: int, stop: threading.Event) -> int:
        time.sleep(0.02 if number % 3 == 0 else 0.0)
        return number * 10

    assert list(in_order(iter(range(30)), work, 4)) == [number * 10 for number in range(30)]


def test_it_reads_at_most_twice_the_width_ahead() -> None:
    read = 0

    def items() -> Iterator[int]:
        nonlocal read
        for number in range(100):
            read += 1
            yield number

    results = in_order(items(), lambda number, stop: number, 3)
    assert isinstance(results, Generator)
    assert next(results) == 0
    assert read <= 6
    results.close()
    assert read <= 6


def test_an_error_comes_in_its_place_and_tells_those_under_way() -> None:
    begun, told = threading.Event(), threading.Event()

    def work(number: int, stop: threading.Event) -> int:
        if number == 2:
            begun.wait(5)
            raise KeyError("the third")
        if number == 3:
            begun.set()
            if stop.wait(5):
                told.set()
        return number

    results = in_order(range(1000), work, 4)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError, match="the third"):
        next(results)
    assert told.is_set()


def test_what_is_under_way_is_waited_for_when_nobody_asks_any_more() -> None:
    begun, finished = threading.Event(), []

    def work(number: int, stop: threading.Event) -> int:
        if number == 0:
            begun.wait(5)
        else:
            begun.set()
            time.sleep(0.05)
        finished.append(number)
        return number

    results = in_order(range(2), work, 2)
    assert isinstance(results, Generator)
    assert next(results) == 0
    results.close()
    assert sorted(finished) == [0, 1]
