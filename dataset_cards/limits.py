"""Says what a set cannot show, as far as its own counts give that away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from dataset_cards.rater_limits import rater_limits
from dataset_cards.statistics import Statistics
from dataset_cards.wording import operation_title
from schemas.manifest import Manifest
from schemas.recipe import Recipe
from schemas.shortcuts import Verdict
from schemas.vocabulary import Scope

_FEW_GROUPS = 5
_FEW_TESTED = 20
_UNEVEN = (0.35, 0.65)


def known_limits(statistics: Statistics, manifest: Manifest, recipe: Recipe) -> tuple[str, ...]:
    """Sentences in Markdown, the gravest first."""
    return (
        *_audit(manifest, recipe),
        *_overlaps(manifest),
        *_groups(statistics),
        *_testing(statistics),
        *_balance(statistics),
        *rater_limits(statistics, manifest),
        *_pictures(statistics, manifest),
    )


def _audit(manifest: Manifest, recipe: Recipe) -> Iterator[str]:
    audit, limit = manifest.audit, recipe.audit.max_auc
    if audit.verdict is Verdict.REFUSE:
        yield (
            f"**Published in spite of the shortcut audit.** A classifier that never sees a picture "
            f"reaches an AUC of {audit.auc:.2f}, above the recipe's limit of {limit:.2f}. A "
            f"detector trained on this set may learn that instead of forgeries."
        )
    elif max(audit.auc, audit.high) > limit:
        yield (
            f"The shortcut audit's interval reaches {audit.high:.2f}, beyond the limit of "
            f"{limit:.2f}: with {audit.n_rows:,} pictures, a weak shortcut cannot be ruled out."
        )
    bad = [one for one in audit.slices if one.estimate and one.tells and one.estimate.auc > limit]
    if bad:
        told = ", ".join(f"{one.name} {one.estimate.auc:.2f}" for one in bad if one.estimate)
        yield (
            f"The shortcut audit finds parts of the set that side information tells better than "
            f"the whole (AUC: {told}); [shortcuts.html](shortcuts.html) says by what."
        )


def _overlaps(manifest: Manifest) -> Iterator[str]:
    for one in manifest.contamination:
        if one.action == "report" and one.sources + one.forgeries:
            yield (
                f"**{_many(one.sources + one.forgeries, 'picture')} that were read or made stand "
                f"in {one.name}** and were not left out: do not report figures on that set."
            )
    if manifest.content is not None and any(one.lopsided for one in manifest.content.topics):
        yield manifest.content.said
    yield from (f"{remark[0].upper()}{remark[1:]}." for remark in manifest.remarks)


def _groups(statistics: Statistics) -> Iterator[str]:
    for domain, part in statistics.by_domain.items():
        splits = [split for split, count in part.splits.items() if count]
        pictures = f"{part.rows:,} pictures of {_many(part.groups, 'group')}"
        if len(splits) == 1 and len(statistics.by_split) > 1:
            yield (
                f"The domain `{domain}` lies in the split `{splits[0]}` alone ({pictures}): what "
                f"is learnt there cannot be tested on other groups of this set."
            )
        elif part.groups < _FEW_GROUPS:
            yield (
                f"The domain `{domain}` has few origins: {pictures} (photographs, people or "
                f"templates). Results on it say little about others."
            )
    total = statistics.total
    if total.rows > 5 * total.groups:
        yield (
            f"The {total.rows:,} pictures belong to {_many(total.groups, 'group')}; those of a "
            f"group resemble one another, so count groups, not pictures, for intervals."
        )


def _testing(statistics: Statistics) -> Iterator[str]:
    if "test" not in statistics.by_split:
        return
    tested: dict[str, int] = defaultdict(int)
    generators: dict[str, set[str]] = defaultdict(set)
    for made in statistics.made:
        tested[made.operation] += made.splits.get("test", 0)
        generators[made.operation].add(made.generator)
    absent = [operation for operation, count in tested.items() if not count]
    few = [operation for operation, count in tested.items() if 0 < count < _FEW_TESTED]
    if absent:
        yield f"No test pictures: {_named(absent)}."
    if few:
        yield f"Fewer than {_FEW_TESTED} test forgeries: {_named(few)}."
    if generators and all(len(names) == 1 for names in generators.values()):
        yield (
            "Each operation was carried out by one generator alone, so the marks of an operation "
            "cannot be told from those of its generator."
        )


def _balance(statistics: Statistics) -> Iterator[str]:
    parts = [
        *((f"split `{name}`", part) for name, part in statistics.by_split.items()),
        *((f"domain `{name}`", part) for name, part in statistics.by_domain.items()),
    ]
    uneven = [
        f"{name} ({part.real:,} to {part.fake:,})"
        for name, part in parts
        if not _UNEVEN[0] <= part.fake / part.rows <= _UNEVEN[1]
    ]
    if uneven:
        yield (
            f"Real pictures and forgeries are uneven in {', '.join(uneven)}: accuracy alone "
            f"misleads there."
        )


def _pictures(statistics: Statistics, manifest: Manifest) -> Iterator[str]:
    missing = statistics.total.fake - sum(len(made.areas) for made in statistics.made)
    whole = statistics.scopes.get(Scope.FULL, 0)
    if missing > whole:
        yield f"{missing - whole:,} forgeries that are not synthetic throughout have no mask."
    sides = [side for found in statistics.long_sides.values() for side in found]
    yield f"No picture is longer than {max(sides):,} px; larger ones may behave otherwise."
    formats = {name.split()[0] for found in statistics.codecs.values() for name in found}
    if formats == {"PNG"}:
        yield (
            "All pictures are stored losslessly. Detectors meet compressed ones: re-encode, real "
            "and fake alike, before you conclude anything about those."
        )
    unclear = sum(n for licence, n in statistics.licences.items() if "unknown" in licence.lower())
    if unclear:
        yield f"The licence of {_many(unclear, 'picture')} is unknown: ask before passing them on."
    failed = sum(stage.failed for stage in manifest.stages)
    if failed:
        yield (
            f"{_many(failed, 'piece')} of planned work failed for reasons that may pass; building "
            f"again tries them anew."
        )


def _named(operations: list[str]) -> str:
    return ", ".join(operation_title(operation) for operation in operations)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
