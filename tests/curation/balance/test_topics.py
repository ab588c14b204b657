"""Topics: captions sorted by what they say, compared between real and fake, and matched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from curation.balance.content import compare_content, tell_by, tell_by_captions
from curation.balance.content_match import surplus
from curation.balance.topics import NONE, Topics, sort_captions, sort_embeddings

ABOUT = {
    "dog": ("puppy", "leash", "terrier", "paws"),
    "sea": ("waves", "sailing", "coast", "lighthouse"),
    "food": ("pasta", "plate", "kitchen", "salad"),
    "street": ("traffic", "tram", "pedestrians", "avenue"),
}
SHARES = {False: (0.1, 0.3, 0.3, 0.3), True: (0.6, 0.2, 0.1, 0.1)}


class Captioned:
    """Captions of real and fake pictures about four things, in different shares."""

    def __init__(self, count: int, apart: bool, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.fake = np.arange(count) % 3 == 0
        self.about = np.array([rng.choice(4, p=SHARES[bool(f) and apart]) for f in self.fake])
        self.captions = [self._caption(rng, list(ABOUT)[about]) for about in self.about]
        self.ids = [f"s{number:04}" for number in range(count)]

    def _caption(self, rng: np.random.Generator, about: str) -> str:
        words = rng.choice(ABOUT[about], 2, replace=False)
        return f"A {about} with {words[0]} and the {words[1]} of a {rng.integers(30)}th day"

    def rows(self, keep: npt.NDArray[np.bool_]) -> list[str]:
        return [self.captions[row] for row in np.flatnonzero(keep)]


@pytest.fixture(scope="module")
def apart() -> Captioned:
    return Captioned(600, apart=True)


@pytest.fixture(scope="module")
def alike() -> Captioned:
    return Captioned(600, apart=False)


def test_captions_are_sorted_by_what_they_are_about(apart: Captioned) -> None:
    found = sort_captions(apart.captions, 4, 0)
    assert len(found.words) == 4
    for topic, words in enumerate(found.words):
        (thing,) = set(apart.about[found.number == topic].tolist())
        assert list(ABOUT)[thing] in words
    sizes = np.bincount(found.number)
    assert (np.diff(sizes) <= 0).all()


def test_neither_order_nor_repetition_matters(apart: Captioned) -> None:
    found = sort_captions(apart.captions, 4, 0)
    order = np.random.default_rng(1).permutation(len(apart.captions))
    mixed = sort_captions([apart.captions[row] for row in order], 4, 0)
    assert np.array_equal(mixed.number, found.number[order])
    assert mixed.words == found.words


def test_what_is_not_known_belongs_to_no_topic() -> None:
    found = sort_captions([None, "", "the and of", "a red boat", "two boats"], 3, 0)
    assert found.number.tolist()[:3] == [NONE, NONE, NONE]
    assert (found.number[3:] >= 0).all()
    nothing = sort_captions([None, "the"], 3, 0)
    assert nothing.number.tolist() == [NONE, NONE]
    assert nothing.words == ()
    assert sort_captions(["one picture"] * 5, 3, 0).number.tolist() == [0] * 5


def test_embeddings_are_sorted_and_borrow_words(apart: Captioned) -> None:
    rng = np.random.default_rng(0)
    vectors = np.eye(4)[apart.about] * 9 + rng.normal(0, 0.5, (600, 4))
    vectors[5] = 0
    vectors[6] = np.nan
    found = sort_embeddings(vectors.astype(np.float32), 4, 0, apart.captions)
    assert found.number[[5, 6]].tolist() == [NONE, NONE]
    for topic, words in enumerate(found.words):
        (thing,) = set(apart.about[found.number == topic].tolist())
        assert list(ABOUT)[thing] in words
    plain = sort_embeddings(vectors.astype(np.float32), 4, 0)
    assert np.array_equal(plain.number, found.number)
    assert plain.words == ((),) * 4


def test_a_difference_in_content_is_measured_and_named(apart: Captioned) -> None:
    telling = tell_by_captions(apart.captions, apart.fake, apart.ids, 0)
    topics = sort_captions(apart.captions, 4, 0)
    report = compare_content(topics, apart.fake, telling, 0)
    assert telling.auc > 0.7
    assert telling.low < telling.auc < telling.high
    assert report.distance > 0.3 > report.by_chance
    sides = {topic.words[0]: topic.lopsided for topic in report.topics}
    assert [side for words, side in sides.items() if side == "fake"] == ["fake"]
    assert "dog" in report.said
    assert sum(topic.real for topic in report.topics) == np.count_nonzero(~apart.fake)


def test_no_difference_is_none(alike: Captioned) -> None:
    telling = tell_by_captions(alike.captions, alike.fake, alike.ids, 0)
    report = compare_content(sort_captions(alike.captions, 4, 0), alike.fake, telling, 0)
    assert telling.auc < 0.55
    assert report.distance <= report.by_chance
    assert report.said == "Real and fake are about the same things."


def test_groups_are_never_on_both_sides() -> None:
    rng = np.random.default_rng(0)
    words = [f"word{number}" for number in rng.integers(0, 10**6, 100)]
    captions = [f"{word} {word}" for word in words for _ in range(6)]
    fake = np.repeat(rng.random(100) < 0.5, 6)
    groups = [word for word in words for _ in range(6)]
    assert tell_by_captions(captions, fake, groups, 0).auc < 0.6
    alone = [str(number) for number in range(600)]
    assert tell_by_captions(captions, fake, alone, 0).auc > 0.95


def test_embeddings_tell_as_captions_do(apart: Captioned) -> None:
    vectors = np.eye(4)[apart.about]
    assert tell_by(vectors, apart.fake, apart.ids, 0).auc > 0.7


@pytest.mark.parametrize("fake", [[True, True, True], [False, False, True]])
def test_what_cannot_be_measured_is_said(fake: list[bool]) -> None:
    found = tell_by_captions(["a cat", "a dog", "a hen"], np.array(fake), ["a", "b", "c"], 0)
    assert (found.auc, found.note != "") == (0.5, True)
    topics = sort_captions(["a cat", "a dog", "a hen"], 2, 0)
    report = compare_content(topics, np.array(fake), found, 0)
    assert report.distance <= 1


def test_matching_makes_the_histograms_equal_with_few_losses(apart: Captioned) -> None:
    topics = sort_captions(apart.captions, 4, 0)
    gone = {left.sample_id for left in surplus(topics, apart.fake, apart.ids, 0)}
    keep = np.array([name not in gone for name in apart.ids])
    matched = Topics(topics.number[keep], topics.words)
    telling = tell_by_captions(
        apart.rows(keep), apart.fake[keep], [n for n in apart.ids if n not in gone], 0
    )
    report = compare_content(matched, apart.fake[keep], telling, 0)
    assert report.distance < 0.03
    assert telling.auc < 0.58
    # Each topic keeps all that the side which has less of it has.
    for topic in range(4):
        here = topics.number == topic
        kept = [np.count_nonzero(here & keep & (apart.fake == side)) for side in (True, False)]
        had = [np.count_nonzero(here & (apart.fake == side)) for side in (True, False)]
        assert kept[0] == had[0] or kept[1] == had[1]


def test_why_a_picture_is_left_out_is_said_and_order_does_not_matter(apart: Captioned) -> None:
    topics = sort_captions(apart.captions, 4, 0)
    found = surplus(topics, apart.fake, apart.ids, 0)
    assert [left.sample_id for left in found] == sorted(left.sample_id for left in found)
    assert (
        "fake pictures are about dog"
        in next(x for x in found if apart.fake[int(x.sample_id[1:])]).detail
    )
    order = np.random.default_rng(1).permutation(600)
    mixed = replace(topics, number=topics.number[order])
    assert surplus(mixed, apart.fake[order], [apart.ids[i] for i in order], 0) == found
    assert surplus(topics, apart.fake, apart.ids, 1) != found


def test_what_must_stay_stays_and_strata_are_matched_by_themselves() -> None:
    topics = Topics(np.array([0, 0, 0, 1, 0, 1, 1, NONE]), (("dog",), ("sea",)))
    fake = np.array([False, False, False, False, True, True, True, False])
    ids = list("abcdefgh")
    free = {left.sample_id for left in surplus(topics, fake, ids, 0)}
    assert len(free & set("abc")) == 1
    assert "h" not in free
    fixed = np.array([name in "abc" for name in ids])
    assert not {left.sample_id for left in surplus(topics, fake, ids, 0, fixed=fixed)} & set("abc")
    alone = surplus(topics, fake, ids, 0, strata=["x"] * 4 + ["y"] * 4)
    assert alone == ()


def test_a_topic_that_one_side_lacks_goes() -> None:
    topics = Topics(np.array([0, 0, 1, 0, 0]), (("dog",), ("sea",)))
    (left,) = surplus(topics, np.array([False, False, False, True, True]), list("abcde"), 0)
    assert left.sample_id == "c"
    assert "0 of the other label" in left.detail
