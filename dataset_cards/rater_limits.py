"""Says what the judgements of a set cannot show: who judged, who agrees, what texts are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataset_cards.agreement import PEOPLE, read_agreement
from dataset_cards.agreement_wording import (
    TENTATIVE,
    central,
    coefficient,
    difference,
    subject_title,
)
from dataset_cards.statistics import Rater, Statistics
from dataset_cards.wording import percent
from schemas.agreement import AgreementReport
from schemas.attributes import ATTRIBUTES, ATTRIBUTES_BY_ID
from schemas.manifest import Manifest, TextFigures
from schemas.vocabulary import Mode, RaterKind

_ENOUGH = 20
"""A share of fewer than this many texts is no ground for a sentence."""
_OFTEN_UNSURE = 0.5
_OFTEN_BOILERPLATE = 0.2
_OFTEN_LEAKING = 0.01
_OFTEN_CONTRADICTING = 0.05
_FEW_HITS = 0.5
_NEARLY = 0.8
"""Support before another picture, as a share of that before a text's own, that says nothing."""


def rater_limits(statistics: Statistics, manifest: Manifest) -> Iterator[str]:
    """Sentences in Markdown, the gravest first."""
    if not statistics.raters:
        yield "Nobody judged the pictures; the attributes are empty."
        return
    view = read_agreement(manifest)
    yield from _people(statistics, view)
    if view is not None:
        yield from _agreement(view)
    yield from _informed(statistics.raters)
    kinds = {rater.name: rater.kind for rater in statistics.raters}
    for figures in manifest.texts:
        if kinds.get(figures.rater) == RaterKind.MEASURED:
            yield from _forms(figures)
        else:
            yield from _texts(figures)
    open_ones = [one.forged for one in ATTRIBUTES if one.id not in statistics.decided]
    if open_ones:
        yield f"Not one verdict other than `unsure`: {', '.join(open_ones)}."


def _people(statistics: Statistics, view: AgreementReport | None) -> Iterator[str]:
    people = [rater for rater in statistics.raters if rater.kind == RaterKind.HUMAN]
    if not people:
        yield "No person has judged this set; the verdicts are machines' alone."
    elif view is None or PEOPLE not in view.panels():
        yield (
            "No picture was judged by two people of whom neither had seen what machines say: how "
            "far people agree on this set is not known."
        )


def _agreement(view: AgreementReport) -> Iterator[str]:
    found = central(view)
    if found is not None and found.alpha is not None and found.alpha.low < TENTATIVE:
        who = "people" if found.between == PEOPLE else "all raters"
        alpha = coefficient(found.alpha.value)
        bound = f"{TENTATIVE}, Krippendorff's own lower bound for tentative conclusions"
        if found.alpha.value < TENTATIVE:
            yield f"The alpha of {who} on {subject_title(found.about)}, {alpha}, is below {bound}."
        else:
            yield (
                f"The alpha of {who} on {subject_title(found.about)} is {alpha}, but its interval "
                f"reaches {coefficient(found.alpha.low)}, below {bound}."
            )
    weak = [
        f"{subject_title(id)} ({coefficient(one.alpha.value)})"
        for id in ATTRIBUTES_BY_ID
        if (one := view.find(PEOPLE, id)) and one.alpha and one.alpha.value < TENTATIVE
    ]
    if weak:
        yield f"People's alpha is below {TENTATIVE} for {', '.join(weak)}."
    if view.anchoring and view.anchoring.effect and view.anchoring.effect.low > 0:
        yield (
            f"People who had seen what machines say agree with machines more often, by "
            f"{difference(view.anchoring.effect)}: those judgements are no independent check."
        )
    for rater, share in view.unsure.items():
        if share > _OFTEN_UNSURE:
            name = rater.partition(":")[2]
            yield f"The rater `{name}` is unsure in {percent(share)} of its answers."


def _informed(raters: Sequence[Rater]) -> Iterator[str]:
    told = [f"`{one.name}`" for one in raters if set(one.modes) - {Mode.BLIND.value}]
    if told:
        one = len(told) == 1
        yield (
            f"The {'rater' if one else 'raters'} {', '.join(told)} {'was' if one else 'were'} "
            f"informed (told the label, the operation or where to look). "
            f"{'Its' if one else 'Their'} verdicts explain a place; they are no detector's."
        )


def _forms(figures: TextFigures) -> Iterator[str]:
    if figures.boilerplate is not None and figures.boilerplate > _OFTEN_BOILERPLATE:
        yield (
            f"The texts of `{figures.rater}` are forms filled in with what was measured: a model "
            f"that learns from them learns the form."
        )


def _texts(figures: TextFigures) -> Iterator[str]:
    texts = f"texts of `{figures.rater}` ({figures.mode})"
    if figures.rows >= _ENOUGH:
        if _above(figures.boilerplate, _OFTEN_BOILERPLATE):
            yield (
                f"The {texts} are boilerplate in {percent(figures.boilerplate or 0)}: they stand, "
                f"or nearly stand, under other pictures too."
            )
        if _above(figures.leaking, _OFTEN_LEAKING):
            yield (
                f"The {texts} mention what cannot be seen (a mask, a prompt, a file's name, the "
                f"label) in {percent(figures.leaking or 0)}."
            )
        if _above(figures.contradicting, _OFTEN_CONTRADICTING):
            yield (
                f"The {texts} say the opposite of their verdict in "
                f"{percent(figures.contradicting or 0)}."
            )
    if figures.grounded >= _ENOUGH and figures.hits is not None and figures.hits < _FEW_HITS:
        yield (
            f"Where the {texts} point at a place in a forgery, they miss the change in "
            f"{percent(1 - figures.hits)}."
        )
    yield from _swapped(texts, figures)


def _swapped(texts: str, figures: TextFigures) -> Iterator[str]:
    own, other = figures.supported, figures.swapped_supported
    if own is None or other is None or min(figures.judged, figures.swapped) < _ENOUGH:
        return
    if own and other >= _NEARLY * own:
        often = "as often as" if other >= own else "nearly as often as"
        yield (
            f"A judge supports the {texts} before another picture {often} before their own "
            f"({percent(other)} and {percent(own)}): they say little of their pictures."
        )


def _above(share: float | None, limit: float) -> bool:
    return share is not None and share > limit
