"""The benchmark's kills in small: real processes, a real SIGKILL, and nothing is paid for twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmarks.chat_rate import under_kills


def test_every_question_has_one_row_and_no_request_is_paid_for_twice(tmp_path: Path) -> None:
    outcomes, charged, twice = under_kills(
        tmp_path, count=60, kills=1, width=8, latency=0.05, seed=3
    )
    ended = Counter(outcomes.values())
    assert [*outcomes] == [str(number) for number in range(60)]
    assert twice == 0
    assert ended.keys() <= {"ok", "answer_lost"}
    # What was under way at a kill may have been charged or not.
    assert ended["ok"] <= charged <= 60
    assert ended["answer_lost"] <= 8
