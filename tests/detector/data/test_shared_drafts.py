"""Batches written where they travel: equal to those made in one piece, and copied no more often."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable, Sequence
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
import pytest
import torch

from detector.data import joined
from detector.data.batches import plan
from detector.data.collate import as_list, pad, stack
from detector.data.drafts import Draft
from detector.data.joined import Joined
from detector.data.loader import TrainingLoader
from detector.data.order import Lanes
from detector.data.rows import open_rows
from detector.data.sample import Sample
from detector.data.shared_drafts import SharedDrafts
from detector.data.slabs import Slabs
from storage.published import PublishedSet

Examples = list[dict[str, Any]]
Collate = Callable[[Sequence[Any]], Any]


def sent(begin: Callable[[], Draft], examples: Examples, collate: Collate = stack) -> Any:
    """The batch as it arrives in another process."""
    draft = begin()
    message = ForkingPickler.dumps(draft.packed(collate([draft.kept(one) for one in examples])))
    return pickle.loads(message)


def made(examples: Examples, collate: Collate = stack) -> Any:
    draft = Draft()
    return draft.packed(collate([draft.kept(one) for one in examples]))


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def pictures(count: int, seed: int, side: int = 20) -> Examples:
    """Crops, their flips (of Fortran's order), a number, its array, a text, and nothing."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        whole = rng.integers(0, 256, (side + 5, side + 7, 3), np.uint8)
        found.append(
            {
                "image": whole[2 : 2 + side, 3 : 3 + side],
                "turned": np.asfortranarray(whole[:side, :side, 0].T.astype(np.float32)),
                "label": int(rng.integers(2)),
                "weight": np.asarray(rng.random()),
                "none": np.zeros((0, 4)),
                "name": f"{rng.integers(100)}",
            }
        )
    return found


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of each joined array that was copied when its batch was full."""
    found: list[int] = []
    write = joined.Joined.write

    def counted(self: Joined, into: torch.Tensor) -> None:
        found.append(into.nbytes)
        write(self, into)

    monkeypatch.setattr(joined.Joined, "write", counted)
    return found


def test_what_was_joined_as_it_came_is_written_in_its_place_from_then_on(
    copies: list[int],
) -> None:
    drafts = SharedDrafts(Slabs())
    for seed, count in enumerate((4, 4, 2, 4)):
        expected = made(pictures(count, seed))
        copies.clear()
        assert equal(sent(drafts, pictures(count, seed)), expected)
        assert sum(copies) == (4 * 20 * 20 * (3 + 4) + 4 * 8 if seed == 0 else 0)


@pytest.mark.parametrize("sides", [(10, 20, 10), (20, 10, 20)])
def test_batches_of_another_size_arrive_and_the_next_has_room(
    copies: list[int], sides: tuple[int, ...]
) -> None:
    drafts = SharedDrafts(Slabs())
    for seed, side in enumerate(sides):
        expected = made(pictures(3, seed, side))
        assert equal(sent(drafts, pictures(3, seed, side)), expected)
    copies.clear()
    sent(drafts, pictures(3, 9, max(sides)))
    assert copies == []


def views(examples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "views": Joined([one["image"] for one in examples]),
        "again": Joined([one["image"] for one in examples]),
        "backwards": Joined([one["image"] for one in examples[::-1]]),
        "half": Joined([one["image"][: len(one["image"]) // 2] for one in examples]),
        "sum": torch.tensor([int(one["image"].sum()) for one in examples]),
        "first": examples[0]["image"],
    }


@pytest.mark.parametrize("collate", [stack, views, pad, as_list])
def test_every_collation_gets_the_batches_that_it_gets_without_shared_memory(
    collate: Collate,
) -> None:
    drafts = SharedDrafts(Slabs())
    for seed in range(4):
        expected = made(pictures(3, seed), collate)
        assert equal(sent(drafts, pictures(3, seed), collate), expected)


def test_numbers_of_views_may_differ(copies: list[int]) -> None:
    def joined_views(examples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"views": Joined([one["image"] for one in examples])}

    drafts = SharedDrafts(Slabs())
    copied = []
    for counts in ((3, 1, 2), (1, 1), (2, 2, 2), (3, 3, 2), (4, 1, 3), (1, 7)):
        examples = [{"image": np.random.default_rng(9).random((many, 3, 3))} for many in counts]
        expected = made(examples, joined_views)
        copies.clear()
        assert equal(sent(drafts, examples, joined_views), expected)
        copied.append(bool(copies))
    assert copied == [True, False, False, True, False, False]


def test_parts_of_a_batch_that_share_memory_with_it_do_so_nowhere_else() -> None:
    drafts = SharedDrafts(Slabs())
    sent(drafts, pictures(2, 0), views)
    batch = sent(drafts, pictures(2, 1), views)
    before = batch["again"].clone()
    batch["views"].zero_()
    assert torch.equal(batch["again"], before)


@pytest.mark.parametrize("change", [np.float64, np.bool_, object])
def test_another_dtype_takes_no_room_of_the_old(change: type) -> None:
    drafts = SharedDrafts(Slabs())
    examples: Examples = [{"image": np.full((5, 3), number, np.uint8)} for number in (1, 0)]
    sent(drafts, examples)
    sent(drafts, examples)
    other: Examples = [{"image": one["image"].astype(change)} for one in examples]
    assert equal(sent(drafts, other, as_list), made(other, as_list))
    mixed: Examples = [examples[0], {"image": examples[1]["image"].astype(change)}]
    assert equal(sent(drafts, mixed, as_list), made(mixed, as_list))
    with pytest.raises(ValueError, match="image comes as"):
        sent(drafts, mixed)
    assert equal(sent(drafts, examples), made(examples))


def test_joined_arrays_of_two_dtypes_arrive_in_the_first() -> None:
    drafts = SharedDrafts(Slabs())
    alike: Examples = [{"image": np.arange(6.0)}, {"image": np.arange(6.0)}]
    mixed: Examples = [{"image": np.arange(6.0)}, {"image": np.arange(6.0, dtype=np.float32)}]

    def by_hand(examples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"image": Joined([one["image"] for one in examples])}

    for examples in (alike, alike, mixed, mixed):
        found = sent(drafts, examples, by_hand)
        assert found["image"].dtype == torch.float64
        assert equal(found, made(examples, by_hand))


class Measured(np.ndarray[Any, Any]):
    """An array of a kind of its own."""


def test_an_array_of_a_kind_of_its_own_stays_one() -> None:
    drafts = SharedDrafts(Slabs())
    plain: Examples = [{"image": np.arange(4)}, {"image": np.arange(4)}]
    sent(drafts, plain)
    found = sent(drafts, [{"image": one["image"].view(Measured)} for one in plain], as_list)
    assert all(isinstance(one["image"], Measured) for one in found)
    assert equal(sent(drafts, plain), made(plain))


def test_a_collation_that_keeps_its_examples_keeps_what_they_are() -> None:
    drafts, kept = SharedDrafts(Slabs()), []

    def keeping(examples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        kept.append(examples)
        return stack(examples)

    for seed in range(4):
        sent(drafts, pictures(2, seed), keeping)
        gc.collect()
    for seed, examples in enumerate(kept):
        assert equal(examples[1]["image"], pictures(2, seed)[1]["image"])


def test_what_fails_gives_its_memory_back() -> None:
    slabs = Slabs()
    drafts = SharedDrafts(slabs)
    sent(drafts, pictures(2, 0))
    for _ in range(5):
        draft = drafts()
        kept = [draft.kept(one) for one in pictures(2, 1)]
        with pytest.raises(ValueError, match="comes in the shapes"):
            stack([*kept, draft.kept(pictures(1, 2, side=4)[0])])
        del draft, kept
        gc.collect()
    assert equal(sent(drafts, pictures(2, 3)), made(pictures(2, 3)))
    assert len(slabs._slabs) == 1


def cropped(sample: Sample, rng: np.random.Generator) -> dict[str, Any]:
    pixels = sample.image()
    top, left = (int(rng.integers(0, side - 15)) for side in pixels.shape[:2])
    return {
        "image": pixels[top : top + 16, left : left + 16],
        "noise": rng.random(3),
        "label": sample.values["label"],
        "name": sample.values["sample_id"],
    }


@pytest.mark.parametrize("collate", [stack, pad])
def test_a_loader_brings_the_same_whether_its_batches_travel(
    published: PublishedSet, collate: Collate
) -> None:
    rows = open_rows(published, "train")
    batches = plan(rows, cropped, collate, seed=5, lanes=Lanes(4, workers=2))
    alone, loader = TrainingLoader(batches, workers=0), TrainingLoader(batches)
    for _ in range(3):
        assert equal(list(loader), list(alone))
    loader.close()
