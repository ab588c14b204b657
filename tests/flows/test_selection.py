"""What enters the set: groups, duplicates, regions on loan, and shards that mix labels."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flows.stages.publishing.layout import plan_shards
from flows.stages.select import select_samples
from schemas.recipe.curate import Curation, Duplicates
from tests.flows.small import small_recipe


def source(number: int, split: str = "train", group: str | None = None) -> dict[str, Any]:
    return {
        "source_id": f"src-{number}",
        "group_id": group or f"grp-{number}",
        "split": split,
        "domain": "natural",
        "entry": 0,
        "part": 0,
    }


def job(number: int, of: int | None, second: int | None = None, **other: Any) -> dict[str, Any]:
    return {
        "job_id": f"job-{number}",
        "operation": "splice",
        "domain": "natural",
        "group": f"grp-{of}" if of is not None else f"item-{number}",
        "split": "train",
        "generator": "splice",
        "source_id": None if of is None else f"src-{of}",
        "second_id": None if second is None else f"src-{second}",
        "composed_from": None,
        "entry": 0,
        "part": 0,
        **other,
    }


def seen(fingerprint: str, has_region: bool = True) -> dict[str, Any]:
    return {"fingerprint": fingerprint, "has_region": has_region}


def settings(radius: int = 8, balance: bool = True, **other: Any) -> Curation:
    return Curation(duplicates=Duplicates(radius=radius), balance=balance, **other)


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["sample_id"]: row for row in rows}


FAR = ("0000000000000000", "ffffffffffffffff", "0f0f0f0f0f0f0f0f", "00000000ffffffff")


def test_a_second_source_joins_two_groups() -> None:
    rows = by_id(
        select_samples(
            [source(0), source(1), source(2)],
            [(job(0, 0, second=1), seen(FAR[0]))],
            settings(balance=False),
            1,
        )
    )
    assert rows["src-0"]["group_id"] == rows["src-1"]["group_id"] == rows["job-0"]["group_id"]
    assert rows["src-2"]["group_id"] != rows["src-0"]["group_id"]


def test_forgeries_of_one_source_may_be_alike_but_not_those_of_two() -> None:
    forgeries = [(job(n, of), seen(FAR[0])) for n, of in enumerate((0, 0, 1))]
    rows = by_id(select_samples([source(0), source(1)], forgeries, settings(), seed=1))
    assert [rows[f"job-{n}"]["status"] for n in range(3)] == ["ok", "ok", "rejected"]
    assert rows["job-2"]["reason"] == "near_duplicate"


def test_a_real_picture_borrows_from_a_forgery_of_another_one() -> None:
    forgeries = [(job(n, n), seen(FAR[n])) for n in range(4)]
    rows = by_id(select_samples([source(n) for n in range(4)], forgeries, settings(0), seed=1))
    for number in range(4):
        lender = rows[f"src-{number}"]["region_of"]
        assert rows[lender]["source_id"] != f"src-{number}"


def test_real_pictures_that_nobody_used_are_left_out_beyond_the_forgeries() -> None:
    sources = [source(n) for n in range(9)] + [source(9, "test")]
    forgeries = [(job(n, 0, second=1), seen(FAR[n])) for n in range(4)]
    rows = select_samples(sources, forgeries, settings(0), seed=1)
    real = [row for row in rows if row["label"] == "real"]
    kept = {row["sample_id"] for row in real if row["status"] == "ok"}
    assert len(kept) == 4
    assert {"src-0", "src-1"} <= kept
    assert Counter(row["reason"] for row in real) == {None: 4, "surplus_real": 6}
    everything = select_samples(sources, forgeries, settings(0, balance=False), seed=1)
    assert all(row["status"] == "ok" for row in everything)


def test_shards_keep_their_size_and_mix_labels() -> None:
    samples: list[dict[str, Any]] = [
        {
            "sample_id": f"{label}-{n}",
            "label": label,
            "split": "test" if n % 4 == 0 else "train",
            "generator": "splice" if label == "fake" else None,
            "source_id": f"real-{n}",
            "entry": 0,
            "domain": "natural",
        }
        for n in range(40)
        for label in ("real", "fake")
    ]
    sizes = {row["sample_id"]: 10 for row in samples}
    plans = list(plan_shards(samples, sizes, small_recipe(), most=200))
    default = [plan for plan in plans if plan.config == "default"]
    assert sum(len(plan.sample_ids) for plan in default) == 80
    assert all(len(plan.sample_ids) <= 20 for plan in plans)
    assert {plan.of for plan in default if plan.split == "train"} == {3}
    for plan in default:
        labels = Counter(name.split("-")[0] for name in plan.sample_ids)
        assert min(labels.values()) >= 3
    (evaluation,) = [plan for plan in plans if plan.config == "splice"]
    assert evaluation.split == "test"
    assert Counter(name.split("-")[0] for name in evaluation.sample_ids) == {"real": 10, "fake": 10}
    assert evaluation.path == "data/splice/test-00000-of-00001.parquet"


def test_imports_stand_in_groups_of_their_own_and_count_as_photographs() -> None:
    imported = [(job(n, None, domain="aigc"), seen(FAR[n], has_region=False)) for n in range(2)]
    forged = [(job(2, 0), seen(FAR[2]))]
    rows = by_id(
        select_samples([source(n) for n in range(5)], imported + forged, settings(0), seed=1)
    )
    groups = {name: rows[name]["group_id"] for name in ("job-0", "job-1", "job-2", "src-0")}
    assert groups["job-2"] == groups["src-0"]
    assert len(set(groups.values())) == 3
    assert sum(row["reason"] == "surplus_real" for row in rows.values()) == 2
    # Nothing in them was changed, so they borrow a region as real pictures do.
    assert rows["job-0"]["region_of"] == rows["job-1"]["region_of"] == "job-2"


def test_a_twin_whose_other_half_is_missing_stands_alone() -> None:
    whole = [(job(0, 0), seen(FAR[0])), (job(1, 0, composed_from="job-0"), seen(FAR[0]))]
    rows = by_id(select_samples([source(0), source(1)], whole, settings(), seed=1))
    assert rows["job-1"]["twin_of"] == "job-0"
    rows = by_id(select_samples([source(0), source(1)], whole[1:], settings(), seed=1))
    assert rows["job-1"]["twin_of"] is None


def test_an_evaluation_config_is_named_by_its_entry_and_finds_real_pictures() -> None:
    recipe = small_recipe()
    named = [entry.model_copy(update={"name": f"s{n}"}) for n, entry in enumerate(recipe.sources)]
    entry = recipe.forge[0].model_copy(update={"config": "flux", "sources": ("s2",)})
    recipe = recipe.model_copy(update={"sources": tuple(named), "forge": (entry,)})
    kinds = (("fake", None, 0), ("real", "natural", 0), ("real", "document", 2))
    samples: list[dict[str, Any]] = [
        {
            "sample_id": f"{domain}-{n}",
            "label": label,
            "split": "test",
            "generator": "import" if label == "fake" else None,
            "source_id": None if label == "fake" else f"{domain}-{n}",
            "entry": index,
            "domain": domain or "aigc",
        }
        for label, domain, index in kinds
        for n in range(5)
    ]
    sizes = {row["sample_id"]: 10 for row in samples}
    plans = list(plan_shards(samples, sizes, recipe, most=1000))
    (evaluation,) = [plan for plan in plans if plan.config == "flux"]
    assert Counter(name.split("-")[0] for name in evaluation.sample_ids) == {
        "None": 5,
        "document": 5,
    }
