"""The benchmark's ordeal in small: faults and a SIGKILL, and nothing is paid for twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.api_jobs import FAULTY, under_fire


def test_every_job_ends_and_no_request_is_paid_for_twice(tmp_path: Path) -> None:
    behaviour = replace(FAULTY, refusals=0.1, broken=0.05, latency=0.02, longest=32)
    ordeal = under_fire(tmp_path, behaviour, count=60, kills=1, seed=4)
    assert len(ordeal.outcomes) == 60
    assert ordeal.kills == 1
    assert ordeal.twice == 0
    assert ordeal.replayed
    assert set(ordeal.reasons) <= {"ok", "refused_by_moderation", "answer_lost"}
    lost = ordeal.reasons.get("answer_lost", 0)
    # A request under way at the kill may have been charged or not.
    assert ordeal.reasons["ok"] <= ordeal.charged <= ordeal.reasons["ok"] + lost
    assert ordeal.reasons["ok"] > 30
