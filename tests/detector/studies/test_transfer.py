"""The transfer matrix finds the structure that was planted, and says what it cannot tell."""

from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from detector.studies import transfer_figure as transfer_figure_module
from detector.studies.sampling import draw, evenly, home_weights
from detector.studies.telling import FEW
from detector.studies.transfer import EVERYTHING, Transfer, all_but, transfer_matrix
from detector.studies.transfer_figure import transfer_figure
from detector.studies.transfer_findings import sentences
from detector.studies.transfer_pairs import mechanism_over_domain, pair_kinds
from detector.studies.transfer_tables import cells_table, transfer_json, transfer_page
from schemas.errors import DatasetError
from storage.charts import png
from tests.detector.studies.planted import planted

# By their names splice and field_copy_move paste, in two domains; the others do not.
TRACES = {"splice": 0, "field_copy_move": 0, "text_insert": 1, "inpaint_remove": 2, "stamp": -1}
DOMAINS = {"field_copy_move": "document", "text_insert": "document", "stamp": "document"}


@pytest.fixture(scope="module")
def study() -> Transfer:
    train = planted(TRACES, 40, 1, domains=DOMAINS)
    test = planted(TRACES, 30, 2, domains=DOMAINS)
    return transfer_matrix(train, test, "operation", "planted", seeds=2, rounds=200)


def auc(study: Transfer, row: str, column: str) -> float:
    names = [value.name for value in study.values]
    return float(study.auc[study.row(row), names.index(column), 0])


def test_what_shares_a_trace_transfers_and_what_does_not_is_at_chance(study: Transfer) -> None:
    for one, other in (("splice", "field_copy_move"), ("field_copy_move", "splice")):
        assert auc(study, one, one) > 0.85
        assert auc(study, one, other) > 0.85
    assert auc(study, "inpaint_remove", "inpaint_remove") > 0.85
    for teacher, asked in (("splice", "text_insert"), ("text_insert", "splice")):
        cell = study.cell(study.row(teacher), [v.name for v in study.values].index(asked))
        assert cell is not None
        assert 0.3 < cell.value < 0.7
    assert auc(study, "stamp", "stamp") < 0.7


def test_leaving_one_out_costs_what_nobody_else_teaches(study: Transfer) -> None:
    assert auc(study, all_but("splice"), "splice") > 0.7
    assert auc(study, all_but("inpaint_remove"), "inpaint_remove") < 0.65
    assert auc(study, EVERYTHING, "inpaint_remove") > 0.7


def test_the_planted_law_is_told(study: Transfer) -> None:
    contrast = mechanism_over_domain(study)
    assert contrast is not None
    assert contrast[0].low > 0
    kinds = {(kind.same_mechanism, kind.same_domain): kind for kind in pair_kinds(study)}
    elsewhere, at_home = kinds[(True, False)].auc, kinds[(False, True)].auc
    assert elsewhere is not None
    assert at_home is not None
    assert elsewhere.low > 0.8 > 0.65 > at_home.value
    said = "\n".join(sentences(study))
    assert "Transfer follows the operation more than the domain" in said
    assert "cannot tell" in said
    assert "stamp" in said


def test_one_model_behind_both_is_no_evidence_for_the_operation() -> None:
    models = dict.fromkeys(("splice", "field_copy_move"), "one autoencoder")
    train = planted(TRACES, 40, 1, domains=DOMAINS, models=models)
    test = planted(TRACES, 30, 2, domains=DOMAINS, models=models)
    study = transfer_matrix(train, test, "operation", "planted", seeds=1, rounds=100)
    assert mechanism_over_domain(study) is None
    shared = mechanism_over_domain(study, apart=False)
    assert shared is not None
    assert shared[0].low > 0
    said = "\n".join(sentences(study))
    assert "cannot be told here" in said
    assert "2 pairs that came out of one model are left out" in said


def test_every_row_learns_from_as_many(study: Transfer) -> None:
    assert study.size == 40
    assert {lesson.pictures for lesson in study.lessons if lesson.name != EVERYTHING} == {40}
    train = planted(TRACES, 40, 1, domains=DOMAINS)
    places = draw(train, ("splice", "stamp"), 20, np.random.default_rng(0))
    assert train.fake[places].sum() == 20
    assert len(set(places.tolist())) == 40
    by_home = {home: (train.home[places] == home).sum() for home in ("natural", "document")}
    assert by_home == {"natural": 20, "document": 20}


def test_few_are_marked_never_dropped() -> None:
    fakes = {**dict.fromkeys(TRACES, 40), "text_insert": 12, "stamp": 3}
    train = planted(TRACES, fakes, 1, domains=DOMAINS)
    test = planted(TRACES, {**fakes, "inpaint_remove": 2}, 2, domains=DOMAINS)
    study = transfer_matrix(train, test, "operation", "planted", seeds=1, rounds=50)
    known = {value.name: value for value in study.values}
    assert study.threshold == 14
    assert study.size == 40
    assert not known["text_insert"].teaches
    assert known["text_insert"].asked
    assert not known["inpaint_remove"].asked
    cells = {(row["learnt_from"], row["tried_on"]): row for row in cells_table(study).to_pylist()}
    assert cells["text_insert", "splice"]["why"] == f"{FEW} to train on"
    assert cells["splice", "inpaint_remove"]["why"] == f"{FEW} to test on"
    assert cells["splice", "inpaint_remove"]["auc"] is None
    assert cells["splice", "splice"]["why"] == ""
    page = transfer_page(study, "small")
    assert "stamp | document | drawing | 3 (" in page
    assert FEW in page
    assert transfer_figure(study).startswith(b"\x89PNG")


def test_nothing_to_study_says_what_to_do() -> None:
    few = planted(TRACES, 4, 1)
    with pytest.raises(DatasetError, match="no operation has 10 forgeries"):
        transfer_matrix(few, few, "operation", "planted")


def test_one_test_group_tells_nothing_of_the_spread() -> None:
    train = planted({"splice": 0}, 40, 1)
    test = planted({"splice": 0}, 20, 2, per_group=100)
    study = transfer_matrix(train, test, "operation", "planted", seeds=1, rounds=50)
    cell = study.cell(0, 0)
    assert cell is not None
    assert (cell.low, cell.high) == (0, 1)


def test_what_is_written_is_whole_and_the_same_again(study: Transfer) -> None:
    plain = json.loads(transfer_json(study))
    assert len(plain["cells"]) == len(study.lessons) * len(study.values)
    assert plain["forgeries_per_row"] == 40
    assert plain["findings"] == sentences(study)
    picture = transfer_figure(study)
    assert picture == transfer_figure(study)
    train = planted(TRACES, 40, 1, domains=DOMAINS)
    test = planted(TRACES, 30, 2, domains=DOMAINS)
    again = transfer_matrix(train, test, "operation", "planted", seeds=2, rounds=200)
    np.testing.assert_array_equal(study.auc, again.auc)


def test_homes_weigh_alike_among_real_and_fake() -> None:
    material = planted(TRACES, {**dict.fromkeys(TRACES, 10), "splice": 40}, 3, domains=DOMAINS)
    places = np.concatenate([material.fakes("splice")[:30], np.flatnonzero(~material.fake)])
    weights = home_weights(material, places)
    natural = (material.home[places] == "natural") & ~material.fake[places]
    assert weights[natural].sum() == pytest.approx(30)
    document = (material.home[places] == "document") & ~material.fake[places]
    assert weights[document].sum() == 0


def test_shares_are_as_alike_as_can_be() -> None:
    parts = [np.arange(count) for count in (2, 9, 5)]
    assert [share for _, share in evenly(parts, 9)] == [2, 4, 3]
    assert [share for _, share in evenly(parts, 99)] == [2, 9, 5]


def test_the_picture_holds_every_value(study: Transfer) -> None:
    import io

    with Image.open(io.BytesIO(transfer_figure(study))) as image:
        assert image.width == 1200
        assert image.height > 600


def test_domains_of_one_row_each_are_named_beside_it_without_overlap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("aigc", "deepfake", "document", "natural")
    traces = {"reconstruct": 0, "face_swap": 1, "text_insert": 2, "splice": 3}
    homes = dict(zip(traces, names, strict=True))
    train, test = (planted(traces, 30, seed, domains=homes) for seed in (1, 2))
    study = transfer_matrix(train, test, "operation", "planted", seeds=1, rounds=50)
    drawn: list[Figure] = []

    def kept(figure: Figure) -> bytes:
        drawn.append(figure)
        return png(figure)

    monkeypatch.setattr(transfer_figure_module, "png", kept)
    transfer_figure(study)
    (figure,) = drawn
    (axes,) = figure.axes
    places = [(text.get_text(), text.get_window_extent()) for text in axes.texts]
    domains = [(name, place) for name, place in places if name in names]
    assert [name for name, _ in domains] == list(names)
    for number, (_, place) in enumerate(domains):
        others = domains[:number] + [one for one in places if one[0] not in names]
        assert not any(place.overlaps(other) for _, other in others)
        assert figure.bbox.xmin < place.xmin < place.xmax < figure.bbox.xmax
