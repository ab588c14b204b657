"""A dialogue becomes six rows or a reason; the blind learn nothing; bad answers are mended."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from annotation.mllm.answer import ASKED
from annotation.mllm.quotas import rated_by
from annotation.mllm.rater import Rated, Unrated, rate
from endpoints.dialogue import Outcome
from endpoints.errors import AnswerLost, BadAnswer, Refused, Unserved
from schemas.annotation import Region
from schemas.cues import CUE_FAMILIES
from schemas.vocabulary import Domain, Label, Mode, RaterKind, Verdict
from tests.annotation.mllm.conversing import (
    answer,
    answered,
    carry_on,
    rater,
    sample,
    size_of,
    spelt,
)


def test_an_answer_becomes_rows() -> None:
    given = spelt(quality={"verdict": "absent", "box": None, "confidence": 1})
    found, (question,) = carry_on(rate(rater(), (), sample()), answered(given))
    assert isinstance(found, Rated)
    assert [row.attribute for row in found.rows] == list(ASKED)
    row, quality = found.rows[0], found.rows[3]
    assert (row.sample_id, row.rater, row.rater_family) == ("job-1", "seer", "oracle")
    assert (row.rater_kind, row.rater_version, row.mode) == (
        RaterKind.MLLM,
        "seer-1-0613",
        Mode.BLIND,
    )
    assert row.verdict is Verdict.PRESENT
    assert row.region == Region(0.1, 0.2, 0.4, 0.5)
    assert (quality.verdict, quality.region, quality.confidence) == (Verdict.ABSENT, None, 1.0)
    assert row.prompt_version is not None
    assert row.prompt_version.startswith("blind-")
    assert sum(row.cost for row in found.rows) == pytest.approx(0.006)
    assert len({row.annotation_id for row in found.rows}) == len(ASKED)
    assert (found.caption, found.repaired, found.keys) == (None, False, ("key",))
    assert question.form == "schema"
    assert question.schema is not None


def test_ids_tell_samples_raters_versions_and_instructions_apart() -> None:
    def ids(name: str = "seer", which: str = "job-1", model: str = "m", mode: str = "blind") -> str:
        outcome = replace(answered(spelt()), model=model)
        found, _ = carry_on(rate(rater(name=name, mode=mode), (), sample(which)), outcome)
        assert isinstance(found, Rated)
        return found.rows[0].annotation_id

    assert ids() == ids()
    assert len({ids(), ids("b"), ids(which="job-2"), ids(model="n"), ids(mode="informed")}) == 5


def test_the_blind_learn_nothing() -> None:
    fake = sample("job-1", domain=Domain.AIGC, operation="text_to_image")
    real = replace(fake, sample_id="src-9", domain=Domain.NATURAL, label=Label.REAL, operation=None)
    real = replace(real, region=None, evidence=())
    questions = []
    for one in (fake, real):
        _, asked = carry_on(rate(rater(), CUE_FAMILIES, one), answered("{}"), answered("{}"))
        questions.append(asked)
    assert questions[0] == questions[1]
    said = questions[0][0].messages
    assert said[1].text == "Judge this picture."
    assert said[1].images == (fake.image,)


def test_the_informed_are_told_and_not_shown() -> None:
    _, (question,) = carry_on(rate(rater(mode="informed"), (), sample()), answered(spelt()))
    said = question.messages[1]
    assert said.text.startswith("The picture is forged, by splicing. A region of another")
    assert "grain" not in said.text
    assert len(said.images) == 1


def test_the_grounded_are_shown_the_region_and_the_evidence() -> None:
    _, (question,) = carry_on(rate(rater(mode="grounded"), (), sample(side=600)), answered(spelt()))
    said = question.messages[1]
    assert [size_of(image) for image in said.images] == [(600, 600), (600, 600), (256, 256)]
    assert (
        "Measured in the outlined region, against its surroundings:\n- In the upper left"
        in said.text
    )
    assert "Picture 2: all of it, with a magenta outline around the region." in said.text


def test_an_authentic_picture_without_a_region_is_grounded_in_what_was_measured() -> None:
    real = sample(label=Label.REAL, operation=None, region=None)
    _, (question,) = carry_on(rate(rater(mode="grounded"), (), real), answered(spelt()))
    said = question.messages[1]
    assert said.text.startswith("The picture is authentic.")
    assert "Measured in the picture:\n- In the upper left" in said.text
    assert len(said.images) == 1


def test_captions_and_cues_are_asked_for_and_kept() -> None:
    cues: dict[str, dict[str, list[str]]] = {
        name: {"cues": []} for name in ("lighting", "quality", "texture", "semantics", "edges")
    }
    cues["edges"] = {"cues": ["halo"]}
    given = json.dumps({"caption": " A bench\nin a park. "} | answer(**cues))
    found, (question,) = carry_on(
        rate(rater(captions=True), CUE_FAMILIES, sample()), answered(given)
    )
    assert isinstance(found, Rated)
    assert found.caption == "A bench in a park."
    assert found.rows[1].cues == ("halo",)
    assert "# The caption" in question.messages[0].text


def test_a_bad_answer_is_shown_again_with_what_is_wrong() -> None:
    bad = spelt(edges={"verdict": "perhaps"})
    found, (first, second) = carry_on(
        rate(rater(), (), sample()),
        answered(bad, dollars=0.002, key="a"),
        answered(spelt(), dollars=0.004, key="b"),
    )
    assert isinstance(found, Rated)
    assert found.repaired
    assert found.keys == ("a", "b")
    assert found.dollars == pytest.approx(0.006)
    assert second.messages[:2] == first.messages
    assert [message.role for message in second.messages] == ["system", "user", "assistant", "user"]
    assert second.messages[2].text == bad
    assert "edges.verdict" in second.messages[3].text
    assert second.messages[3].images == ()


@pytest.mark.parametrize(
    ("outcomes", "reason", "keys"),
    [
        ([answered("no"), answered("{}")], "answer_unusable", 2),
        ([BadAnswer("the answer is empty"), answered("{}")], "answer_unusable", 1),
        ([BadAnswer("the answer is empty"), BadAnswer("cut off")], "answer_unusable", 0),
        ([answered("I’m sorry, but I can’t help with that.")], "refused", 1),
        ([answered("no"), answered("I cannot judge pictures of people.")], "refused", 2),
        ([Refused("refused_by_moderation", "no faces")], "refused_by_moderation", 0),
        ([answered("no"), AnswerLost("the connection broke")], "answer_lost", 1),
        ([Unserved("status 500")], "server_error", 0),
    ],
)
def test_ends_without_rows(outcomes: list[Outcome], reason: str, keys: int) -> None:
    found, _ = carry_on(rate(rater(), (), sample()), *outcomes)
    assert isinstance(found, Unrated)
    assert (found.sample_id, found.rater, found.reason) == ("job-1", "seer", reason)
    assert found.detail
    assert len(found.keys) == keys
    assert found.dollars == pytest.approx(0.006 * keys)


def test_a_cut_off_answer_is_asked_for_again() -> None:
    found, (_, second) = carry_on(
        rate(rater(), (), sample()), BadAnswer("the answer was cut off"), answered(spelt())
    )
    assert isinstance(found, Rated)
    assert found.repaired
    assert "the answer was cut off" in second.messages[3].text


def test_an_unknown_price_is_not_zero() -> None:
    found, _ = carry_on(rate(rater(), (), sample()), answered(spelt(), dollars=None))
    assert isinstance(found, Rated)
    assert found.dollars is None
    assert found.rows[0].cost == 0.0


def test_models_without_schemas_are_shown_it_and_prose_around_the_answer_is_borne() -> None:
    given = f"Let me look. {spelt()} That is all."
    found, (question,) = carry_on(rate(rater(answers="text"), (), sample()), answered(given))
    assert isinstance(found, Rated)
    assert (question.schema, question.form) == (None, "text")
    assert '"additionalProperties":false' in question.messages[0].text


def test_tiles_are_shown_as_the_rater_wants_them() -> None:
    wanted = rater(tile=128, longest_side=256)
    _, (question,) = carry_on(rate(wanted, (), sample(side=300)), answered(spelt()))
    said = question.messages[1]
    assert [size_of(image) for image in said.images] == [(128, 128)] * 10
    assert "Picture 10: the part of it in the lower right" in said.text


def test_shares_are_of_the_same_pictures_for_all_raters() -> None:
    names = [f"job-{number}" for number in range(2000)]
    few = {name for name in names if rated_by(rater(share=0.1), name, "train")}
    more = {name for name in names if rated_by(rater(name="b", share=0.3), name, "train")}
    assert 140 < len(few) < 260
    assert few < more
    assert all(rated_by(rater(), name, "test") for name in names)
    assert not any(rated_by(rater(splits=["test"]), name, "train") for name in names)
