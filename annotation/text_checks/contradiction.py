"""Finds rationales that say the opposite of their verdict, by rules on the words of either pole."""

from __future__ import annotations

import re

from schemas.vocabulary import Verdict


def _words(*forms: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(forms)})(?![^\W_])")


_FLAW = (
    r"anomal(?:y|ies|ous)|inconsisten(?:cy|cies|t|tly)|irregular(?:ity|ities|ly)?|artefacts?"
    r"|artifacts?|discrepanc(?:y|ies)|mismatch(?:es|ed)?|unnatural(?:ly)?|implausib(?:le|ly)"
    r"|impossib(?:le|ly|ility)|suspicious(?:ly)?|distort(?:ed|ions?)|deform(?:ed|ities|ity)"
    r"|unrealistic(?:ally)?|incoheren(?:t|ce)|contradictions?|defects?|oddit(?:y|ies)|flaws?"
)
_TRACE = r"halos?|seams?|fringes?|staircases?|smears?|ringing|banding|blotches|duplicates?|clones?"
_GOOD = (
    r"consistent(?:ly)?|coheren(?:t|tly)|plausib(?:le|ly)|natural(?:ly)?|realistic(?:ally)?"
    r"|believab(?:le|ly)|unremarkable|as expected|ordinary|normal|genuine|authentic|correct"
)
_TO_BE = (
    r"(?:is|are|was|were|looks?|appears?|seems?|remains?|stays?|stands?|falls?|sits?|behaves?"
    r"|feels?|being)"
)
_SOFTLY = (
    r"(?:all|both|each|quite|entirely|fully|completely|perfectly|very|mostly|largely|generally|also"
    r"|equally|physically|anatomically|to be|and|clean|smooth|sharp|crisp|even)"
)
_NOT = r"(?:not|cannot|\w+n['’]t)"
_NEGATION = (
    r"(?:no|(?:hardly|barely|scarcely|not|never|lacks) any|few|without|free of|free from|nor"
    r"|neither|nothing|none)"
)
# Up to the end of the clause: a comma ends it unless a list goes on.
_REST = (
    r"(?:(?!\b(?:but|yet|however|although|though|while|whereas|except|apart)\b)[^.;:!?—,]"
    r"|,(?! (?:the|a|an|this|that|these|those|it|its|they|their|which|one|there|and the)\b))"
)

_LONGEST = 2000

_DENIED_FLAW = _words(rf"{_NEGATION}\b(?:(?! {_TO_BE}\b){_REST})*?\b(?:{_FLAW}|{_TRACE})\b{_REST}*")
_NOTHING_ODD = _words(
    rf"(?:nothing|none)(?: \w+){{0,4}} {_TO_BE}(?: \w+){{0,2}} (?:{_FLAW})",
    r"nothing(?: \w+){0,4} (?:out of the ordinary|unusual|odd|strange|wrong|off|stands out)",
    r"within the ordinary|not out of the ordinary|fits? (?:its|their) surroundings"
    r"|rules? out any|as (?:it|they|one) (?:should|would expect)",
    rf"{_NOT}(?: \w+){{0,2}} (?:{_FLAW})",
)
_DENIED_GOOD = _words(
    rf"(?:{_NOT}|never|hardly|barely|scarcely|neither|nor|no|less than|far from|too)"
    rf"(?: \w+){{0,2}} (?:{_GOOD})",
    rf"{_NOT} (?:match|fit|agree|belong|line up|make sense)",
    r"out of the ordinary",
)
_CALLED_GOOD = _words(
    rf"{_TO_BE}(?: {_SOFTLY}){{0,3}} (?:{_GOOD})(?! with)",
    r"(?:matches|agrees with|in keeping with|in agreement with|fits)",
)
_OPENS_GOOD = re.compile(r"^(?:consistent|natural|coherent|plausible)\s")
# As a statement: "is irregular", "shows artefacts"; an irregular pattern of tiles is no flaw.
_CALLED_FLAW = _words(
    rf"{_TO_BE}(?: \w+ly| quite| very| also| somewhat){{0,2}} (?:{_FLAW})",
    rf"(?:shows?|has|have|exhibits?|contains?|reveals?|displays?|there (?:is|are))"
    rf"(?: \w+){{0,2}} (?:{_FLAW})",
)
# Far wider, since these only excuse: whoever says one of them has given some reason.
_HINT_OF_FLAW = _words(
    _FLAW,
    _TRACE,
    r"differ\w*|unlike|missing|lack\w*|wrong\w*|odd\w*|strange\w*|unusual\w*|weird\w*|too \w+"
    r"|jagged|ragged|stepped|blurr\w*|soft\w*|hard\w*|abrupt\w*|waxy|plastic\w*|painted|smooth\w*"
    r"|repeat\w*|repetit\w*|twice|doubled|copie[sd]|copy|identical\w*|float\w*|hover\w*|cannot"
    r"|can['’]t|extra|fewer|weak\w*|strong\w*|sharp\w*|bright\w*|dark\w*|pal\w+|but|yet|however"
    r"|although|though|while|where|whereas|only|except|despite|instead|should|would|seems?|break\w*|broken|cut\w*"
    r"|end\w*|stops?|vanish\w*|disappear\w*|melt\w*|merg\w*|fus\w+|warp\w*|bent|crooked|tilted"
    r"|gibberish|illegible|nonsens\w*|misspel\w*|garbled|against|higher|lower|larger|smaller"
    r"|six|four|three|opposite|elsewhere|away|shift\w*|offset|misaligned|uneven\w*|not|never|no",
)
_HINT_OF_GOOD = _words(
    _GOOD,
    r"explain\w*|account\w*|due to|because|owing to|caused? by|come[s]? from|stems? from|result\w*"
    r"|typical\w*|usual\w*|common\w*|fits?|match\w*|agree\w*|expected|simply|just|merely|only"
    r"|could|may|might|can be|but|yet|however|although|though|despite|while|rather|still|slight\w*"
    r"|minor|small|tiny|intended|artistic|deliberate\w*|costume|style|design\w*|real\w*|true|same"
    r"|alike|equal\w*|both|even|intact|within|no|not|nothing|none|without|free|lens|camera|motion",
)


def contradicts(verdict: Verdict, rationale: str) -> bool | None:
    """Whether a rationale says the opposite of its verdict; None where it does not say either.

    "present" is contradicted by a text that denies flaws ("no halo or seam is visible") or calls
    things in order ("the shadows are consistent") and holds no word that could be a reason for the
    verdict; "absent" by one that names a flaw ("the shadows are inconsistent") and holds no word
    that could take it back ("explained by", "typical", any denial). So what it finds is nearly
    always right, and much is not found. "unsure" is contradicted by nothing.
    """
    text = " ".join(rationale[:_LONGEST].lower().split())
    if verdict is Verdict.UNSURE:
        return None
    denied, text = _taken(text, _DENIED_FLAW, _NOTHING_ODD)
    doubted, text = _taken(text, _DENIED_GOOD)
    praised, text = _taken(text, _CALLED_GOOD, _OPENS_GOOD)
    blamed, text = _taken(text, _CALLED_FLAW)
    if verdict is Verdict.PRESENT:
        for_it, against_it, excuse = doubted or blamed, denied or praised, _HINT_OF_FLAW
    else:
        for_it, against_it, excuse = denied or praised, doubted or blamed, _HINT_OF_GOOD
    if for_it:
        return False
    if not against_it:
        return None
    return True if excuse.search(text) is None else None


def _taken(text: str, *patterns: re.Pattern[str]) -> tuple[bool, str]:
    """Whether any of the patterns occurs, and the text without what they match."""
    count = 0
    for pattern in patterns:
        text, found = pattern.subn(" ", text)
        count += found
    return count > 0, text
