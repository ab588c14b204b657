"""The probability mapper against the paper's equations, and whether its probability is one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from detector.model.mapper import (
    ProbabilityMapper,
    first_match,
    greedy_positions,
    taught_positions,
)

PATTERN = [3, 4, 5]


def _reference(
    logits: NDArray[np.float32], pattern: list[int], real: int, fake: int
) -> list[float]:
    """P(fake) of each row by equations 7 to 9, a half where the pattern is not written."""
    found = []
    for i in range(len(logits)):
        z = logits[i].astype(np.float64)
        written = [int(np.argmax(row)) for row in z]
        probability = 0.5
        for k in range(len(pattern), len(written)):
            if written[k - len(pattern) : k] == pattern:
                row = z[k] / 10.0
                probability = float(np.exp(row[fake]) / (np.exp(row[real]) + np.exp(row[fake])))
                break
        found.append(probability)
    return found


def _logits(rows: list[list[int]], vocabulary: int = 12) -> torch.Tensor:
    rng = np.random.default_rng(5)
    logits = rng.normal(size=(len(rows), len(rows[0]), vocabulary))
    for i, row in enumerate(rows):
        for t, token in enumerate(row):
            logits[i, t, token] = 9.0
    return torch.from_numpy(logits).float()


ROWS = [
    [0, 3, 4, 5, 7, 1, 1, 1],
    [3, 4, 5, 8, 3, 4, 5, 7],
    [0, 0, 3, 4, 0, 5, 7, 1],
    [1, 1, 1, 1, 1, 3, 4, 5],
    [3, 3, 4, 5, 1, 1, 1, 1],
]


def test_probability_is_the_equations() -> None:
    logits = _logits(ROWS)
    at = greedy_positions(logits, PATTERN)
    assert at.tolist() == [4, 3, -1, -1, 4]
    mapper = ProbabilityMapper([7], [8])
    got = mapper.probability(mapper.scores(logits[..., mapper.words], at)).numpy()
    np.testing.assert_allclose(got, _reference(logits.numpy(), PATTERN, 7, 8), atol=1e-5)
    assert got[0] < 0.5 < got[1]


def test_loss_is_the_mean_over_those_that_concluded() -> None:
    logits = _logits(ROWS)
    at = greedy_positions(logits, PATTERN)
    mapper = ProbabilityMapper([7], [8])
    fake = torch.tensor([0, 0, 1, 1, 1])
    p = _reference(logits.numpy(), PATTERN, 7, 8)
    wanted = -np.mean([np.log(1 - p[0]), np.log(1 - p[1]), np.log(p[4])])
    got = mapper.loss(mapper.scores(logits[..., mapper.words], at), fake, at >= 0)
    assert float(got) == pytest.approx(wanted, abs=1e-5)
    nobody = mapper.loss(
        mapper.scores(logits[..., mapper.words], at), fake, torch.zeros(5, dtype=torch.bool)
    )
    assert float(nobody) == 0.0


def test_several_words_are_a_softmax_over_all_of_them() -> None:
    mapper = ProbabilityMapper([0, 1, 2, 3], [4, 5, 6, 7], temperature=1.0)
    z = np.random.default_rng(1).normal(size=(5, 12)) * 3
    e = np.exp(z[:, :8])
    wanted = e[:, 4:].sum(1) / e.sum(1)
    got = mapper.probability(mapper.word_scores(torch.from_numpy(z)[:, mapper.words])).numpy()
    np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_taught_positions_are_the_greedy_ones_of_a_model_that_knows_the_text() -> None:
    labels = torch.tensor([[-100, -100, 3, 4, 5, 7, 1], [-100, 0, 0, 3, 4, 5, 8]])
    logits = _logits([[*row[1:], 0] for row in labels.clamp(min=0).tolist()])
    assert taught_positions(labels, PATTERN).tolist() == [4, 5]
    assert greedy_positions(logits, PATTERN).tolist() == [4, 5]
    assert taught_positions(torch.full((1, 7), -100), PATTERN).tolist() == [-1]


def test_mask_rules_positions_out() -> None:
    ids = torch.tensor([[3, 4, 5, 0, 3, 4, 5, 0]])
    allowed = torch.tensor([[1, 1, 0, 1, 1, 1, 1, 1]])
    assert first_match(ids, PATTERN).tolist() == [3]
    assert first_match(ids, PATTERN, allowed).tolist() == [7]
    assert first_match(ids[:, :3], PATTERN).tolist() == [-1]


def test_no_words_stand_before_the_first_that_is_allowed() -> None:
    ids = torch.tensor([[3, 4, 5], [3, 4, 5]])
    allowed = torch.tensor([[0, 1, 1], [0, 0, 0]])
    assert first_match(ids, []).tolist() == [0, 0]
    assert first_match(ids, [], allowed).tolist() == [1, -1]
    labels = torch.tensor([[-100, -100, 7, 2], [-100, 8, 2, -100]])
    assert taught_positions(labels, []).tolist() == [1, 0]


def test_gradient_reaches_the_verdict_alone() -> None:
    logits = _logits(ROWS[:1]).requires_grad_()
    mapper = ProbabilityMapper([7], [8])
    at = greedy_positions(logits, PATTERN)
    scores = mapper.scores(logits[..., mapper.words], at)
    torch.autograd.backward(mapper.loss(scores, torch.tensor([1])))
    assert logits.grad is not None
    assert logits.grad.nonzero().tolist() == [[0, 4, 7], [0, 4, 8]]


def test_probability_is_calibrated_after_training() -> None:
    """Labels are drawn with known odds; what the mapper says must be how often it is so."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=(8000, 1))
    truth = 1 / (1 + np.exp(-1.5 * x[:, 0] + 0.5))
    fake = torch.from_numpy((rng.random(8000) < truth).astype(np.int64))
    torch.manual_seed(0)
    layer = torch.nn.Linear(1, 4)
    mapper = ProbabilityMapper([1], [3])
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=100)
    inputs = torch.from_numpy(x).float()

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = mapper.loss(mapper.word_scores(layer(inputs[:4000])[:, mapper.words]), fake[:4000])
        torch.autograd.backward(loss)
        return loss

    # Torch has left the step of this optimiser untyped.
    optimiser.step(closure)  # type: ignore[no-untyped-call]
    p = (
        mapper.probability(mapper.word_scores(layer(inputs[4000:])[:, mapper.words]))
        .detach()
        .numpy()
    )
    answers = fake[4000:].numpy()
    bins = np.minimum((p * 10).astype(int), 9)
    error = sum(
        abs(p[bins == b].mean() - answers[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    )
    assert error < 0.03
    assert np.abs(p - truth[4000:]).max() < 0.1


@pytest.mark.parametrize(("real", "fake"), [([], [1]), ([1], [1, 2])])
def test_verdicts_need_words_of_their_own(real: list[int], fake: list[int]) -> None:
    with pytest.raises(ValueError, match="words of its own"):
        ProbabilityMapper(real, fake)
