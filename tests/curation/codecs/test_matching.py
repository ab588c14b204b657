"""Matched encodings: the same joint distribution for real and fake, and nothing to tell them by."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from curation.codecs.chain import Applied, Chain, apply_chain
from curation.codecs.matching import matched_chains
from curation.codecs.planning import plan_chains
from curation.codecs.policy import choose
from curation.codecs.samples import Sample
from curation.codecs.stored import StoredCodec
from curation.shortcuts.audit import audit
from curation.shortcuts.file_features import file_features
from curation.shortcuts.side_information import SideInformation
from schemas.picture import Codec
from schemas.recipe.storing import CodecPolicy
from schemas.shortcuts import SIDE_FAMILIES, Verdict
from schemas.vocabulary import Label
from tests.curation.codecs.made_set import fake, published, real

MATCHED = CodecPolicy(policy="matched")
REALS = [real(number)[0] for number in range(60)]


def fakes(count: int, generator: str = "text_to_image") -> list[Sample]:
    return [
        Sample(
            f"{generator}-{number}",
            "aigc",
            "train",
            (128, 192)[number % 2],
            (128, 192)[number // 2 % 2],
            Codec("PNG"),
            generator,
        )
        for number in range(count)
    ]


def card(sample: Sample, chain: Chain) -> tuple[tuple[int, int], Codec]:
    size = chain.size or (chain.crop[2:] if chain.crop else sample.size)
    return size, chain.codec


def cards(samples: list[Sample], chains: dict[str, Chain]) -> Counter[tuple[object, ...]]:
    return Counter(card(sample, chains[sample.sample_id]) for sample in samples)


@pytest.mark.parametrize("times", [1, 3])
def test_the_joint_distributions_are_equal_where_numbers_allow(times: int) -> None:
    some = fakes(times * len(REALS))
    chains = matched_chains(MATCHED, REALS + some, 5)
    of_real = cards(REALS, chains)
    assert len(of_real) > 30
    assert cards(some, chains) == Counter({key: n * times for key, n in of_real.items()})


@pytest.mark.parametrize("count", [7, 23, 59, 100])
def test_and_within_one_picture_of_each_kind_elsewhere(count: int) -> None:
    some = fakes(count)
    chains = matched_chains(MATCHED, REALS + some, 5)
    got = cards(some, chains)
    for key, number in cards(REALS, chains).items():
        assert abs(got[key] - count * number / len(REALS)) < 1
    donors = Counter(chains[sample.sample_id].like for sample in some)
    assert max(donors.values()) == -(-count // len(REALS))


def test_every_generator_is_matched_by_itself() -> None:
    one, other = fakes(60, "one"), fakes(60, "other")
    chains = matched_chains(MATCHED, REALS + one + other, 5)
    assert cards(one, chains) == cards(other, chains) == cards(REALS, chains)


def test_donors_come_from_the_same_domain_and_split_or_the_nearest_to_it() -> None:
    def placed(domain: str, split: str) -> Sample:
        return replace(REALS[0], sample_id=f"{domain} {split}", domain=domain, split=split)

    reals = [
        placed(domain, split) for domain in ("natural", "document") for split in ("train", "test")
    ]
    some = fakes(5)
    some = [
        replace(some[0], domain="document", split="test"),
        replace(some[1], domain="aigc", split="test"),
        replace(some[2], domain="aigc", split="validation"),
    ]
    chains = matched_chains(MATCHED, reals + some, 5)
    assert [chains[sample.sample_id].like for sample in some[:2]] == [
        "document test",
        "natural test",
    ]
    assert chains[some[2].sample_id].like in {sample.sample_id for sample in reals}


def test_a_forgery_goes_the_way_of_its_own_source() -> None:
    source = replace(REALS[0], history=Codec("JPEG", 85, "4:4:4", 1, False), phase=(3, 9))
    spliced = replace(source, sample_id="spliced", generator="splice", source_id=source.sample_id)
    redrawn = replace(spliced, sample_id="redrawn", history=Codec("PNG"), phase=(0, 0))
    larger = replace(redrawn, sample_id="larger", width=256, height=256)
    chains = matched_chains(MATCHED, [source, spliced, redrawn, larger], 5)
    stored = StoredCodec("JPEG", 85, "4:4:4")
    assert chains[source.sample_id] == Chain(stored, carried=1)
    assert chains["spliced"] == Chain(stored, carried=1, like=source.sample_id)
    assert chains["redrawn"].before == (stored,)
    assert chains["redrawn"].phase == (3, 9)
    assert chains["larger"].size == source.size
    drawn = replace(larger, sample_id="drawn", same_frame=False)
    crop = matched_chains(MATCHED, [source, drawn], 5)["drawn"].crop
    assert crop is not None
    assert crop[2:] == source.size
    assert {chain.codec for chain in chains.values()} == {Codec("JPEG", 85, "4:4:4", 2, False)}


def test_pixels_that_saw_more_saves_get_donors_that_did() -> None:
    reals = [
        replace(REALS[0], sample_id=f"r{number}", history=history)
        for number, history in enumerate([Codec("PNG"), Codec("JPEG", 90, "4:2:0", 1, False)] * 4)
    ]
    some = [
        replace(sample, history=Codec("JPEG", 95, "4:2:0", number % 2, False))
        for number, sample in enumerate(fakes(8))
    ]
    chains = matched_chains(MATCHED, reals + some, 5)
    for sample in some:
        chain = chains[sample.sample_id]
        assert chain.stored.lossy == (sample.history.saves == 1)
        assert chain.before == ()
    codecs = [Counter(chains[one.sample_id].codec for one in group) for group in (reals, some)]
    assert codecs[0] == codecs[1]


def test_unknown_settings_are_drawn_from_the_policy() -> None:
    policy = CodecPolicy(policy="matched", qualities=(60, 70), subsamplings=("4:2:2",))
    reals = [
        replace(REALS[0], sample_id=f"r{number}", history=Codec("JPEG", None, None, 1, False))
        for number in range(40)
    ]
    drawn = Counter(chain.stored for chain in matched_chains(policy, reals, 5).values())
    assert set(drawn) == {StoredCodec("JPEG", 60, "4:2:2"), StoredCodec("JPEG", 70, "4:2:2")}
    assert min(drawn.values()) > 8


def test_forgeries_without_any_real_picture_are_stored_as_they_came() -> None:
    some = fakes(3)
    chains = matched_chains(MATCHED, some, 5)
    assert set(chains.values()) == {Chain(StoredCodec("PNG"))}


def test_the_order_of_samples_does_not_matter_and_the_seed_does() -> None:
    samples = REALS + fakes(33)
    chains = plan_chains(MATCHED, samples, 5)
    mixed = [samples[place] for place in np.random.default_rng(0).permutation(len(samples))]
    assert plan_chains(MATCHED, mixed, 5) == chains
    assert list(plan_chains(MATCHED, mixed, 5)) == sorted(chains)
    assert plan_chains(MATCHED, samples, 6) != chains


@pytest.mark.parametrize("policy", ["lossless", "jpeg", "twins"])
def test_the_policies_that_look_at_a_lineage_alone(policy: str) -> None:
    recipe = CodecPolicy.model_validate({"policy": policy})
    spliced = replace(REALS[1], sample_id="f", generator="splice", source_id=REALS[1].sample_id)
    chains = plan_chains(recipe, [REALS[1], spliced], 5)
    expected = choose(recipe, REALS[1].sample_id, 5)
    for found in chains.values():
        assert tuple(chain.stored for chain in found) == expected
        assert {chain.carried for chain in found} == {REALS[1].history.saves}
    with pytest.raises(ValueError, match="plan_chains"):
        choose(MATCHED, "x", 5)


def test_what_is_recorded_tells_nothing_in_a_matched_set() -> None:
    rng = np.random.default_rng(0)
    reals = [
        replace(
            REALS[number % 60],
            sample_id=f"r{number}",
            width=int(rng.integers(200, 260)),
            height=int(rng.choice([180, 240])),
        )
        for number in range(2000)
    ]
    samples = reals + [replace(one, sample_id=f"f{i}") for i, one in enumerate(fakes(1500))]
    samples = [
        replace(one, width=one.width + 192, height=one.height + 192) if one.generator else one
        for one in samples
    ]
    aucs = {}
    for policy in ("as_they_came", "matched"):
        recipe = CodecPolicy.model_validate({"policy": policy})
        chains = plan_chains(recipe, samples, 1)
        rows = [recorded(one, chains[one.sample_id][0], rng.normal(1.5, 0.2)) for one in samples]
        aucs[policy] = audit(rows, 0, by_slice=False).auc
    assert aucs["as_they_came"] > 0.99
    assert aucs["matched"] == pytest.approx(0.5, abs=0.05)


def recorded(sample: Sample, chain: Chain, density: float) -> SideInformation:
    (width, height), codec = card(sample, chain)
    size = int(width * height * density)
    label = Label.FAKE if sample.generator else Label.REAL
    return SideInformation(label, sample.sample_id, codec, width, height, size)


def test_nor_do_the_files_themselves_down_to_the_traces_of_earlier_saves() -> None:
    pictures = [real(number) for number in range(200)] + [fake(number) for number in range(100)]
    verdicts = {}
    for policy in ("as_they_came", "matched"):
        found = published(policy, pictures)
        report = audit([side(*pair) for pair in found], 0, statistics=False, by_slice=False)
        verdicts[policy] = report.verdict
        assert (report.auc > 0.9) == (policy == "as_they_came")
    assert verdicts == {"as_they_came": Verdict.REFUSE, "matched": Verdict.PASS}


def side(sample: Sample, stored: Applied) -> SideInformation:
    return SideInformation(
        label=Label.FAKE if sample.generator else Label.REAL,
        group=sample.sample_id,
        codec=stored.codec,
        width=stored.width,
        height=stored.height,
        bytes=len(stored.image),
        features=file_features(stored.image, SIDE_FAMILIES),
    )


def test_a_chain_that_is_planned_can_be_applied() -> None:
    sample, png = fake(3)
    chain = matched_chains(MATCHED, [*REALS, sample], 5)[sample.sample_id]
    found = apply_chain(chain, png)
    donor = next(one for one in REALS if one.sample_id == chain.like)
    assert (found.width, found.height) == donor.size
    assert found.codec == chain.codec
