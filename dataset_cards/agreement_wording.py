"""Says in words what agreement figures mean: headline, panels, subjects, the anchoring effect."""

from __future__ import annotations

from dataset_cards.agreement import ANYBODY, PEOPLE, SUBJECTS
from dataset_cards.wording import percent
from schemas.agreement import (
    ATTRIBUTES_TOGETHER,
    SETS_OF_ATTRIBUTES,
    Agreement,
    AgreementReport,
    Anchoring,
    Estimate,
)
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.vocabulary import RaterKind

SOUND = 0.8
TENTATIVE = 0.667
"""K. Krippendorff, "Content Analysis" (2004), section 11.4: draw conclusions from an alpha of 0.8,
tentative ones from 0.667."""

_KINDS: dict[str, str] = {
    RaterKind.HUMAN: "people",
    RaterKind.MLLM: "models",
    RaterKind.MEASURED: "measured rater",
}
_SUBJECTS = {
    WHOLE: "the picture as a whole",
    ATTRIBUTES_TOGETHER: "the five attributes",
    SETS_OF_ATTRIBUTES: "sets of attributes (MASI)",
}


def kind_title(kind: str) -> str:
    """Raters of this kind, in words."""
    return _KINDS.get(kind, kind)


def panel_title(between: str) -> str:
    """Who is compared, in words: "people among themselves", "models and people"."""
    if between == ANYBODY:
        return "all raters"
    first, _, second = between.partition("/")
    if first == second:
        return f"{kind_title(first)} among themselves"
    return f"{kind_title(first)} and {kind_title(second)}"


def subject_title(about: str) -> str:
    """What is compared, in words."""
    if about in ATTRIBUTES_BY_ID:
        return ATTRIBUTES_BY_ID[about].forged
    return _SUBJECTS.get(about, about)


def coefficient(value: float) -> str:
    """A coefficient of agreement in two digits: "0.71", "-0.03"."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")


def spanned(figure: Estimate | None) -> str:
    """A coefficient with its interval, for a cell; lines do not break inside the brackets."""
    if figure is None:
        return "undefined"
    low, high = coefficient(figure.low), coefficient(figure.high)
    return f"{coefficient(figure.value)} [{low},\N{NO-BREAK SPACE}{high}]"


def shared(figure: Estimate | None) -> str:
    """A share, for a cell."""
    return "undefined" if figure is None else percent(figure.value)


def central(view: AgreementReport) -> Agreement | None:
    """The figure to judge a set by: people's, else all raters'; of the whole picture, if any."""
    wanted = ((between, about) for between in (PEOPLE, ANYBODY) for about in SUBJECTS)
    return next((found for one in wanted if (found := view.find(*one)) is not None), None)


def headline(view: AgreementReport) -> str:
    """Sentences in Markdown: the central figure, and how far it carries."""
    found = central(view)
    if found is None:
        return "No two raters could be compared by their verdicts; of their masks see below."
    who = "people among themselves" if found.between == PEOPLE else "all raters together"
    what = f"on {subject_title(found.about)}"
    pictures = f"{found.pictures:,} picture{'s' if found.pictures != 1 else ''}"
    several = "both" if found.raters == 2 else f"at least two of {found.raters}"
    over = f"over {pictures} that {several} judged"
    if found.alpha is None:
        text = (
            f"**Krippendorff's alpha of {who} is not defined** {what}: all judgements {over} are "
            f"equal, and where nothing varies there is no chance to take off."
        )
    else:
        low, high = coefficient(found.alpha.low), coefficient(found.alpha.high)
        text = (
            f"**Krippendorff's alpha of {who} is {coefficient(found.alpha.value)}** (95% interval "
            f"{low} to {high}) {what}, {over}. {_carries(found.alpha.value)}"
        )
    if found.between != PEOPLE and view.people:
        text += " No picture was judged by two people, so people's own agreement is not known."
    return text


def _carries(alpha: float) -> str:
    if alpha >= SOUND:
        return f"Krippendorff asks for {SOUND} or more before conclusions are drawn: it is reached."
    if alpha >= TENTATIVE:
        return (
            f"That is between {TENTATIVE} and {SOUND}, where Krippendorff allows tentative "
            f"conclusions alone."
        )
    return (
        f"That is below {TENTATIVE}, the least that Krippendorff takes for tentative conclusions."
    )


def anchored(found: Anchoring) -> str:
    """Sentences about the anchoring effect, and what it means for who uses the judgements."""
    if found.effect is None or found.primed is None or found.unprimed is None:
        return "The effect of showing people what machines say is not defined here."
    effect = found.effect
    alpha = f"; in alpha: {spanned(found.alpha_effect)}" if found.alpha_effect else ""
    return (
        f"A machine's judgement equals {percent(found.primed.value)} of "
        f"{found.primed_judgements:,} judgements by people who had seen machines' judgements, and "
        f"{percent(found.unprimed.value)} of {found.unprimed_judgements:,} by people who had not: "
        f"a difference of {difference(effect)[:-1]}{alpha}). {_meaning(effect)}"
    )


def difference(effect: Estimate) -> str:
    """A difference of shares with its interval."""
    return (
        f"{_points(effect.value)} percentage points (95% interval {_points(effect.low)} to "
        f"{_points(effect.high)})"
    )


def _meaning(effect: Estimate) -> str:
    """What an anchoring effect means, in one sentence."""
    if effect.low > 0:
        return (
            "People lean on what they are shown: judgements made that way are no independent "
            "check of the machines."
        )
    if effect.high < 0:
        return "People who saw what machines say contradicted them more often than others did."
    return "The interval holds zero: that people lean on machines is neither shown nor ruled out."


def _points(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:.1f}".replace("-", "\N{MINUS SIGN}")
