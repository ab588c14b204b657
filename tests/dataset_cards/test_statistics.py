"""The counts of a card are those of the shards."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_cards.statistics import statistics
from dataset_cards.wording import DOMAINS, codec_name, operation_title, percent
from schemas.attributes import WHOLE
from schemas.features import arrow_schema
from schemas.vocabulary import Domain, Label
from storage.published import PublishedSet
from tests.dataset_cards.made_records import made_records


def test_the_counts_are_those_of_the_records(made: PublishedSet) -> None:
    records = made_records()
    counted = statistics(made)
    labels = Counter((split, record.label) for split, record in records)
    for split, part in counted.by_split.items():
        assert (part.real, part.fake) == (labels[split, Label.REAL], labels[split, Label.FAKE])
    assert list(counted.by_split) == ["train", "validation", "test"]
    assert counted.total.rows == len(records)
    assert counted.total.groups == 6
    operations = Counter(record.operation for _, record in records if record.operation)
    assert {made.operation: made.count for made in counted.made} == dict(operations)
    assert sum(counted.licences.values()) == len(records)
    spliced = operations["splice"]
    assert sum(counted.credits.values()) == len(records) + spliced
    assert counted.scopes == {"spliced": labels.total() - counted.total.real}


def test_areas_are_sorted_shares_of_the_forgeries(made: PublishedSet) -> None:
    for one in statistics(made).made:
        assert len(one.areas) == one.count
        assert list(one.areas) == sorted(one.areas)
        assert 0 < one.areas[0] <= one.areas[-1] < 1
        assert sum(one.splits.values()) == one.count


def test_verdicts_add_up_to_the_pictures(made: PublishedSet) -> None:
    counted = statistics(made)
    (rater,) = counted.raters
    assert (rater.name, rater.judgements) == ("measured", 5 * counted.total.rows)
    assert counted.decided == {"lighting", "edges", "texture", "quality"}
    for one in counted.rated:
        expected = counted.total.real if one.label == Label.REAL else counted.total.fake
        assert sum(one.verdicts.values()) == expected


def test_verdicts_on_the_whole_picture_are_counted_apart(judged: PublishedSet) -> None:
    counted = statistics(judged)
    rows = counted.total.rows
    judgements = {rater.name: rater.judgements for rater in counted.raters}
    assert judgements["ada"] == judgements["qwen-blind"] == 6 * rows
    assert judgements["measured"] == judgements["glm-informed"] == 5 * rows
    whole = [one for one in counted.rated if one.attribute == WHOLE]
    assert {one.rater for one in whole} == {"ada", "ben@example.org", "qwen-blind"}
    assert sum(sum(one.verdicts.values()) for one in whole) == 3 * rows


def test_domains_are_shown_in_one_order(made: PublishedSet) -> None:
    counted = statistics(made)
    assert list(counted.by_domain) == ["natural", "document", "deepfake"]
    assert set(DOMAINS) == set(Domain)
    assert [one.domain for one in counted.made] == ["natural"] * 3 + ["document"] * 2 + ["deepfake"]


def test_names_for_people() -> None:
    jpeg = {"format": "JPEG", "quality": 90, "subsampling": "4:2:0"}
    assert codec_name(jpeg) == "JPEG 90 4:2:0"
    assert codec_name({"format": "PNG", "quality": None, "subsampling": None}) == "PNG"
    assert operation_title("copy_move") == "copy-move"
    assert operation_title("melt_the_clock") == "melt the clock"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (0.0035, "0.35%"), (0.042, "4.2%"), (0.37, "37%"), (0.0996, "10%")],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_both_pictures_of_a_splice_are_credited(made: PublishedSet) -> None:
    credits = statistics(made).credits
    assert all("; " not in attribution for attribution, _ in credits)
    coffee = [r for _, r in made_records() if "Rachel Michetti" in r.attribution]
    # A splice of coffee into coffee names its owner once a picture.
    own = [r for r in coffee if r.attribution == "Rachel Michetti; Rachel Michetti"]
    assert credits["Rachel Michetti", "CC0-1.0"] == len(coffee) + len(own)


def test_the_order_of_two_licences_makes_no_difference(copy: PublishedSet) -> None:
    (shard,) = copy.shards(split="validation")
    path = copy.folder / shard.path
    table = pq.read_table(path.path, schema=arrow_schema())
    both = ["MIT AND CC0-1.0", "CC0-1.0 AND MIT"] * (table.num_rows // 2)
    at = table.schema.get_field_index("licence")
    pq.write_table(table.set_column(at, table.schema.field(at), pa.array(both)), path.path)
    assert statistics(copy).licences["CC0-1.0 AND MIT"] == table.num_rows
    assert "MIT AND CC0-1.0" not in statistics(copy).licences
