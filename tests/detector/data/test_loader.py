"""What the training loader hands out: everything once, the same however it is read, resumable."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from detector.data.batches import Batches, plan
from detector.data.collate import as_list
from detector.data.loader import TrainingLoader
from detector.data.order import Lanes, Order
from detector.data.rows import Rows, open_rows
from detector.data.sample import Sample
from schemas.errors import DatasetError
from storage.published import PublishedSet

pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")
TRAIN = 41


def look(sample: Sample, rng: np.random.Generator) -> tuple[str, int, float]:
    """The sample's id, the sum of its pixels, and what its own generator says."""
    return sample.values["sample_id"], int(sample.image().sum()), float(rng.random())


def planned(rows: Rows, batch_size: int = 4, ranks: int = 1, **options: Any) -> Batches:
    lanes = Lanes(batch_size, ranks, workers=2)
    return plan(rows, look, as_list, seed=5, lanes=lanes, **options)


@pytest.fixture(scope="module")
def rows(published: PublishedSet) -> Rows:
    return open_rows(published, "train")


def test_an_epoch_has_every_row_once_and_the_next_another_order(rows: Rows) -> None:
    loader = TrainingLoader(planned(rows), workers=0)
    assert len(loader) == 11
    first = [one for batch in loader for one in batch]
    assert loader.epoch == 1
    second = [one for batch in loader for one in batch]
    ids = sorted(rows.table["sample_id"].to_pylist())
    assert sorted(one[0] for one in first) == sorted(one[0] for one in second) == ids
    assert [one[0] for one in first] != [one[0] for one in second]


@pytest.mark.parametrize("offsets", [True, False])
def test_batches_are_the_same_however_many_workers_read(
    published: PublishedSet, offsets: bool
) -> None:
    batches = planned(open_rows(published, "train", offsets=offsets))
    alone = list(TrainingLoader(batches, workers=0))
    assert list(TrainingLoader(batches, workers=2)) == alone
    assert list(TrainingLoader(batches, workers=3, prefetch=1)) == alone


def test_workers_that_are_started_anew_read_the_same(rows: Rows) -> None:
    spawned = list(TrainingLoader(planned(rows, 16), workers=1, start="spawn"))
    assert spawned == list(TrainingLoader(planned(rows, 16), workers=0))


@pytest.mark.parametrize("drop_last", [True, False])
def test_ranks_share_an_epoch_without_overlap(rows: Rows, drop_last: bool) -> None:
    batches = planned(rows, ranks=3, drop_last=drop_last)
    shares = [list(TrainingLoader(batches, rank=rank, workers=0)) for rank in range(3)]
    seen = [one[0] for share in shares for batch in share for one in batch]
    assert len(set(seen)) == len(seen) == (36 if drop_last else TRAIN)
    if drop_last:
        assert {len(batch) for share in shares for batch in share} == {4}
        assert {len(share) for share in shares} == {3}


@pytest.mark.parametrize("offsets", [True, False])
@pytest.mark.parametrize("stop", [0, 3, 10])
def test_what_was_stopped_goes_on_with_exactly_the_rest(
    published: PublishedSet, offsets: bool, stop: int
) -> None:
    batches = planned(open_rows(published, "train", offsets=offsets), balance="operation")
    whole = list(TrainingLoader(batches, workers=0))
    loader = TrainingLoader(batches, workers=2)
    state = loader.state_dict()
    for number, batch in enumerate(loader, start=1):
        assert batch == whole[number - 1]
        if number == stop:
            state = json.loads(json.dumps(loader.state_dict()))
            break
    resumed = TrainingLoader(batches, workers=0)
    resumed.load_state_dict(state)
    assert len(resumed) == len(whole) - stop
    assert list(resumed) == whole[stop:]
    assert resumed.epoch == 1


@pytest.mark.parametrize("offsets", [True, False])
def test_other_ranks_and_batches_go_on_with_the_same_samples(
    published: PublishedSet, offsets: bool
) -> None:
    rows = open_rows(published, "train", offsets=offsets)
    loader = TrainingLoader(planned(rows), workers=0)
    handed = iter(loader)
    begun = [next(handed), next(handed)]
    resumed = []
    for rank in range(2):
        other = TrainingLoader(planned(rows, 5, 2), rank=rank, workers=0)
        other.load_state_dict(loader.state_dict())
        resumed += [one for batch in other for one in batch]
    alone = [one for batch in TrainingLoader(planned(rows), workers=0) for one in batch]
    assert sorted(resumed + begun[0] + begun[1]) == sorted(alone)


def test_a_state_of_another_set_or_order_is_refused(rows: Rows) -> None:
    state = TrainingLoader(planned(rows), workers=0).state_dict()
    fewer = TrainingLoader(planned(rows.select(np.arange(9))), workers=0)
    with pytest.raises(DatasetError, match="other rows"):
        fewer.load_state_dict(state)
    balanced = TrainingLoader(planned(rows, balance="operation"), workers=0)
    with pytest.raises(DatasetError, match="another seed or balance"):
        balanced.load_state_dict(state)


def test_a_balanced_epoch_shows_each_operation_equally_often(rows: Rows) -> None:
    known = dict(zip(rows.table["sample_id"].to_pylist(), rows.classes(), strict=True))
    loader = TrainingLoader(planned(rows, balance="operation"), workers=0)
    drawn = [one for batch in loader for one in batch]
    assert sorted(Counter(known[one[0]] for one in drawn).values()) == [13, 14, 14]
    assert len({one[2] for one in drawn}) == len(drawn)


def test_a_set_in_an_object_store_is_read_alike(published: PublishedSet, remote: Any) -> None:
    far, near = open_rows(remote, "train"), open_rows(published, "train", offsets=False)
    assert (far.pictures["image"].offset < 0).all()
    batches = list(TrainingLoader(planned(far), workers=0))
    assert batches == list(TrainingLoader(planned(near), workers=0))
    assert list(TrainingLoader(planned(far), workers=2, start="fork")) == batches


def test_each_row_group_is_read_about_once(
    published: PublishedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = open_rows(published, "train", offsets=False)
    read = []
    real = pq.ParquetFile.read_row_group

    def counted(self: Any, group: int, **options: Any) -> Any:
        read.append(group)
        return real(self, group, **options)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", counted)
    batches = planned(rows)
    for worker in range(2):
        list(batches.read(0, 0, 0, worker, 2))
    assert len(set(rows.places().tolist())) == 9
    assert len(read) <= 9 + 4


def test_rows_can_be_chosen(rows: Rows) -> None:
    spliced = np.flatnonzero(np.array(rows.classes()) == "splice")
    chosen = rows.select(spliced)
    assert set(chosen.classes()) == {"splice"}
    every = [one[0] for batch in TrainingLoader(planned(chosen), workers=0) for one in batch]
    ids = rows.table["sample_id"].to_pylist()
    assert sorted(every) == sorted(ids[number] for number in spliced)


def test_what_is_not_there_is_refused(published: PublishedSet, rows: Rows) -> None:
    with pytest.raises(DatasetError, match="no rows"):
        open_rows(published, "validation")
    with pytest.raises(DatasetError, match="pictures are"):
        open_rows(published, pictures=("label",))
    with pytest.raises(DatasetError, match="no column shoe"):
        open_rows(published, columns=("shoe",))
    with pytest.raises(ValueError, match="rank 1 of 1"):
        TrainingLoader(planned(rows), rank=1)
    with pytest.raises(ValueError, match="an order of 3 rows"):
        Batches(rows, Order(3, 0), Lanes(1), look, as_list)
