"""Turns the word with which a language model concludes into a probability.

Classification probability mapper of FakeReasoning (the MMFR paper). O = argmax Z are the words the
model would write; k is the first position after the words that introduce the conclusion; the
logits of "real" and "fake" there, over a temperature of 10, are a two-way classifier:

    P(fake) = softmax([z_real, z_fake] / tau)[fake],   L = -log P(truth)

With several words a side it is the rule of DeFakerOne: a softmax over Yes, Yeah, True, Sure, No,
Not, Never and None, of which the first four are summed. Both train and answer through the one
probability here; the published code of FakeReasoning only trains with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from detector.model.losses import IGNORED


def first_match(ids: Tensor, pattern: Sequence[int], mask: Tensor | None = None) -> Tensor:
    """Position right after the first occurrence of `pattern` in each row of ids [n, T].

    int64 [n]; -1 where the pattern is absent, or ends with the row. `mask` [n, T] rules positions
    out: an occurrence counts only where all of its positions are allowed. A pattern of no words
    stands before the first position that is allowed.
    """
    n, length = ids.shape
    size = len(pattern)
    if size == 0:
        allowed = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask.bool()
        return torch.where(allowed.any(1), allowed.int().argmax(1), -1)
    if length <= size:
        return torch.full((n,), -1, dtype=torch.int64, device=ids.device)
    windows = ids.unfold(1, size, 1)[:, :-1]
    hit = (windows == torch.as_tensor(pattern, device=ids.device)).all(-1)
    if mask is not None:
        hit = hit & mask.bool().unfold(1, size, 1)[:, :-1].all(-1)
    first = hit.int().argmax(1) + size
    return torch.where(hit.any(1), first, -1)


def greedy_positions(logits: Tensor, pattern: Sequence[int], mask: Tensor | None = None) -> Tensor:
    """Where the verdict's logits stand if the model itself wrote the introduction, else -1.

    logits [n, T, V] -> int64 [n]: the published rule, by which a sample whose greedy words differ
    from the pattern teaches the verdict nothing.
    """
    return first_match(logits.argmax(-1), pattern, mask)


def taught_positions(labels: Tensor, pattern: Sequence[int]) -> Tensor:
    """Where the logits stand that predict the verdict in the taught text, else -1.

    labels [n, T] are unshifted token ids, -100 where nothing is taught. The logits at t predict
    the token at t + 1, hence one less than in `labels`. Every sample counts from the first step.
    """
    after = first_match(labels, pattern, labels != IGNORED)
    return torch.where(after > 0, after - 1, -1)


class ProbabilityMapper(nn.Module):
    """Two groups of words, a temperature, and the probability that the second is meant.

    real, fake: token ids of the words of either verdict; `words` int64 [W] holds both, real first.
    """

    words: Tensor

    def __init__(
        self, real: Sequence[int], fake: Sequence[int], *, temperature: float = 10.0
    ) -> None:
        super().__init__()
        if not real or not fake or set(real) & set(fake):
            raise ValueError("each verdict needs words of its own")
        if temperature <= 0:
            raise ValueError("the temperature must be positive")
        self.temperature = temperature
        self.register_buffer("words", torch.tensor([*real, *fake]), persistent=False)
        self.split = len(real)

    def scores(self, logits: Tensor, positions: Tensor) -> Tensor:
        """Scores [n, 2] (real, fake) from the logits [n, T, W] of `words` at positions [n].

        Rows whose position is -1 hold two zeros, which is a probability of one half.
        """
        known = positions >= 0
        row = logits[torch.arange(len(logits), device=logits.device), positions.clamp(min=0)]
        return self.word_scores(row) * known[:, None]

    def word_scores(self, logits: Tensor) -> Tensor:
        """Scores [n, 2] (real, fake) from the logits [n, W] of `words` at one position."""
        tempered = logits.float() / self.temperature
        sides = (tempered[:, : self.split], tempered[:, self.split :])
        return torch.stack([side.logsumexp(-1) for side in sides], dim=-1)

    def loss(self, scores: Tensor, fake: Tensor, valid: Tensor | None = None) -> Tensor:
        """Mean two-way cross-entropy over the valid samples; 0 where there is none.

        scores [n, 2], fake [n] (0 or 1), valid bool [n].
        """
        each = functional.cross_entropy(scores, fake.long(), reduction="none")
        if valid is None:
            return each.mean()
        return (each * valid).sum() / valid.sum().clamp(min=1)

    def probability(self, scores: Tensor) -> Tensor:
        """P(fake) [n] in 0..1 from scores [n, 2]."""
        return scores.softmax(-1)[:, 1]
