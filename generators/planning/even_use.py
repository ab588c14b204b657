"""Even use of sources: the one that was used least so far comes first, a hash decides ties."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from generators.planning.candidate import Candidate
from schemas.identity import unit_interval


class EvenUse:
    """Hands out candidates evenly over one entry of a recipe.

    `usage` counts the uses of each source over all entries, by its id, and is kept up to date.
    Drawing is logarithmic in the number of candidates.
    """

    def __init__(self, candidates: Iterable[Candidate], usage: Counter[str], *salt: object) -> None:
        self._usage = usage
        self._waiting: defaultdict[str, list[tuple[int, float, str, Candidate]]] = defaultdict(list)
        for candidate in candidates:
            source_id = candidate.source.source_id
            tie = unit_interval(*salt, source_id)
            item = (usage[source_id], tie, source_id, candidate)
            self._waiting[candidate.split].append(item)
        for heap in self._waiting.values():
            heapq.heapify(heap)
        self._sizes = {split: len(heap) for split, heap in self._waiting.items()}
        self._given: Counter[str] = Counter()

    def draw(self) -> Candidate:
        """The next one: of those least used, one of the split that has had least of the entry.

        So every operation reaches every split by its share, whatever else the recipe asks for.
        """

        def order(split: str) -> tuple[int, float, float]:
            used, tie, _, _ = self._waiting[split][0]
            return used, (self._given[split] + 1) / self._sizes[split], tie

        split = min(self._waiting, key=order)
        self._given[split] += 1
        return self._take(split, lambda _: True)[0]

    def draw_from(self, split: str, suits: Callable[[Candidate], bool]) -> Candidate | None:
        """The next one of `split` that suits; None where none does."""
        found = self._take(split, suits)
        return found[0] if found else None

    def _take(self, split: str, suits: Callable[[Candidate], bool]) -> list[Candidate]:
        heap, passed = self._waiting[split], []
        found: list[Candidate] = []
        while heap and not found:
            item = heapq.heappop(heap)
            if suits(item[3]):
                self._usage[item[2]] += 1
                found.append(item[3])
                item = (self._usage[item[2]], *item[1:])
            passed.append(item)
        for item in passed:
            heapq.heappush(heap, item)
        return found
