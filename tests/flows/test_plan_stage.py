"""The plan: near-duplicates go, what they show stays together, splits never share a group."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flows.stages.plan import make_plan
from schemas.identity import canonical_json
from schemas.picture import Codec, Source
from schemas.recipe import Recipe
from schemas.vocabulary import Domain, Status
from tests.flows.small import small_recipe


def row(number: int, origin: str, fingerprint: int, group: str | None = None) -> dict[str, Any]:
    source = Source(
        source_id=f"src-{number:02d}",
        origin=origin,
        domain=Domain.NATURAL,
        group=group or origin,
        width=256,
        height=256,
        licence="CC0-1.0",
        attribution="",
        history=Codec("PNG"),
    )
    return {
        "status": Status.OK,
        "entry": 0,
        "origin": origin,
        "source_id": source.source_id,
        "source": canonical_json(asdict(source)),
        "fingerprint": f"{fingerprint:016x}",
        "orientations": [fingerprint] * 8,
        "tiles": None,
        "embedding": None,
    }


def recipe() -> Recipe:
    whole = small_recipe()
    return whole.model_copy(update={"forge": whole.forge[:1]})


def far(number: int) -> int:
    """Fingerprints that lie far apart from one another."""
    return 0xFFFF << (16 * (number % 4)) ^ (0x0F0F0F0F0F0F0F0F if number >= 4 else 0)


def test_files_that_share_a_crop_share_a_group() -> None:
    rows = [
        row(0, "a.png", far(0)),
        row(1, "a.png", far(1)),
        row(2, "copy of a.png", far(0)),
        row(3, "copy of a.png", far(2)),
        row(4, "b.png", far(3)),
        row(5, "c.png", far(4)),
    ]
    kept = {r["source_id"]: r for r in make_plan(recipe(), [(0, r) for r in rows]).kept.to_pylist()}
    assert kept["src-02"]["reason"] == "near_duplicate"
    groups = {number: kept[f"src-{number:02d}"]["group_id"] for number in (0, 1, 3, 4, 5)}
    assert groups[0] == groups[1] == groups[3]
    assert len({groups[0], groups[4], groups[5]}) == 3
    assert {kept[f"src-{n:02d}"]["split"] for n in (0, 1, 3)} == {kept["src-00"]["split"]}


def test_a_named_group_holds_files_together() -> None:
    rows = [row(n, f"{n}.png", far(n), "portraits" if n < 3 else None) for n in range(6)]
    kept = {r["source_id"]: r for r in make_plan(recipe(), [(0, r) for r in rows]).kept.to_pylist()}
    assert len({kept[f"src-{n:02d}"]["group_id"] for n in range(3)}) == 1
    assert len({r["group_id"] for r in kept.values()}) == 4


def test_the_same_file_read_by_two_entries_enters_once() -> None:
    rows = [row(n, f"{n}.png", far(n)) for n in range(4)]
    plan = make_plan(recipe(), [(part, r) for part in (0, 1) for r in rows])
    assert plan.kept_counts().ok == 4
    assert plan.kept_counts().reasons == {"read_twice": 4}


def test_the_order_of_reading_does_not_matter() -> None:
    rows = [(0, row(n, f"{n // 2}.png", far(n))) for n in range(8)]
    one, other = make_plan(recipe(), rows), make_plan(recipe(), rows[::-1])
    assert one.kept.equals(other.kept)
    assert one.jobs.equals(other.jobs)
