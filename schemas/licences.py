"""What a picture's licence permits, read from whatever its source calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

UNKNOWN = "unknown"
PUBLIC_DOMAIN = "public-domain"
RESERVED = "all-rights-reserved"
SERVICE_TERMS = "LicenseRef-service-terms"
"""What a generator's maker says of its output where that is no licence with a name."""
RESEARCH = "LicenseRef-research-only"
JOINT = " AND "


class Kind(StrEnum):
    """Licences by the strictest thing they ask for, from the freest to the least free."""

    FREE = "free to redistribute"
    ATTRIBUTION = "attribution needed"
    SHARE_ALIKE = "share-alike"
    NON_COMMERCIAL = "non-commercial"
    NO_DERIVATIVES = "no-derivatives"
    RESERVED = "not to be passed on"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence. `id` is its SPDX id where it has one.

    `redistribute`: copies may be passed on. Of what is not `known` nothing is assumed to be
    permitted.
    """

    id: str
    known: bool = True
    redistribute: bool = True
    attribution: bool = True
    share_alike: bool = False
    non_commercial: bool = False
    no_derivatives: bool = False

    @property
    def kind(self) -> Kind:
        """The class that it falls into."""
        if not self.known:
            return Kind.UNKNOWN
        if not self.redistribute:
            return Kind.RESERVED
        if self.no_derivatives:
            return Kind.NO_DERIVATIVES
        if self.non_commercial:
            return Kind.NON_COMMERCIAL
        if self.share_alike:
            return Kind.SHARE_ALIKE
        return Kind.ATTRIBUTION if self.attribution else Kind.FREE

    @property
    def conditions(self) -> frozenset[str]:
        """Those of SA, NC and ND that it makes."""
        made = {"SA": self.share_alike, "NC": self.non_commercial, "ND": self.no_derivatives}
        return frozenset(name for name, there in made.items() if there)


_NAMED: tuple[Licence, ...] = (
    Licence("CC0-1.0", attribution=False),
    Licence("CC-PDDC", attribution=False),
    Licence("PDDL-1.0", attribution=False),
    Licence("Unlicense", attribution=False),
    Licence("0BSD", attribution=False),
    Licence(PUBLIC_DOMAIN, attribution=False),
    Licence("MIT"),
    Licence("MIT-0", attribution=False),
    Licence("ISC"),
    Licence("BSD-2-Clause"),
    Licence("BSD-3-Clause"),
    Licence("Apache-2.0"),
    Licence("ODC-By-1.0"),
    Licence("OGL-UK-3.0"),
    Licence("CDLA-Permissive-1.0"),
    Licence("CDLA-Permissive-2.0"),
    Licence("CDLA-Sharing-1.0", share_alike=True),
    Licence("ODbL-1.0", share_alike=True),
    Licence("GPL-2.0-only", share_alike=True),
    Licence("GPL-3.0-only", share_alike=True),
    Licence("AGPL-3.0-only", share_alike=True),
    Licence("LGPL-3.0-only", share_alike=True),
    Licence("MPL-2.0", share_alike=True),
    # Its use restrictions go with the output, which may be passed on and sold.
    Licence("CreativeML-OpenRAIL-M"),
    Licence("CreativeML-OpenRAIL++-M"),
    Licence("OpenRAIL"),
    Licence(RESEARCH, redistribute=False, non_commercial=True),
    Licence(RESERVED, redistribute=False, no_derivatives=True),
    Licence(SERVICE_TERMS, known=False),
    Licence(UNKNOWN, known=False),
)
_ALIASES = {
    "cc0": "CC0-1.0",
    "cc-zero": "CC0-1.0",
    "publicdomain": PUBLIC_DOMAIN,
    "pd": PUBLIC_DOMAIN,
    "pdm": PUBLIC_DOMAIN,
    "pdm-1-0": PUBLIC_DOMAIN,
    "cc-pdm-1-0": PUBLIC_DOMAIN,
    "public-domain-mark": PUBLIC_DOMAIN,
    "public-domain-mark-1-0": PUBLIC_DOMAIN,
    "no-known-copyright-restrictions": PUBLIC_DOMAIN,
    "united-states-government-work": PUBLIC_DOMAIN,
    "us-government-work": PUBLIC_DOMAIN,
    "apache": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd-2": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    "new-bsd": "BSD-3-Clause",
    "odbl": "ODbL-1.0",
    "odc-by": "ODC-By-1.0",
    "pddl": "PDDL-1.0",
    "gpl-2-0": "GPL-2.0-only",
    "gpl-3-0": "GPL-3.0-only",
    "agpl-3-0": "AGPL-3.0-only",
    "lgpl-3-0": "LGPL-3.0-only",
    "openrail-m": "OpenRAIL",
    "openrail++": "CreativeML-OpenRAIL++-M",
    "creative-commons-openrail-m": "CreativeML-OpenRAIL-M",
    "research-only": RESEARCH,
    "research": RESEARCH,
    "research-use-only": RESEARCH,
    "non-commercial-research": RESEARCH,
    "proprietary": RESERVED,
    "copyrighted": RESERVED,
    "other": UNKNOWN,
    "none": UNKNOWN,
    "n-a": UNKNOWN,
    "": UNKNOWN,
}
_BY_ID = {re.sub(r"[^a-z0-9+]+", "-", one.id.lower()): one for one in _NAMED}
_FILLERS = re.compile(r"\b(licen[sc]ed?|the|v|version|international|universal|generic|unported)\b")
_VERSION = re.compile(r"\d+(?:\.\d+)?")
_CC_WORDS = {
    "BY": re.compile(r"\bby\b|\battribution\b"),
    "NC": re.compile(r"\bnc\b|\bnon ?commercial\b"),
    "ND": re.compile(r"\bnd\b|\bno ?deriv(?:ative|ative work|ativework)?s?\b"),
    "SA": re.compile(r"\bsa\b|\bshare ?alike\b"),
}


@lru_cache(maxsize=4096)
def licence_of(text: str) -> Licence:
    """The licence that a source calls `text`: an SPDX id, a URL of Creative Commons, a name.

    What cannot be read is kept as it is written, as an unknown one.
    """
    plain = _FILLERS.sub(" ", text.casefold().replace("_", "-"))
    plain = re.sub(r"\bv(?=\d)", "", plain)
    key = re.sub(r"[^a-z0-9+]+", "-", plain).strip("-")
    for spelling in (key, key.replace("-0", ""), re.sub(r"-clause$", "", key)):
        if spelling in _BY_ID:
            return _BY_ID[spelling]
        if spelling in _ALIASES:
            return _BY_ID[re.sub(r"[^a-z0-9+]+", "-", _ALIASES[spelling].lower())]
    if "creativecommons.org/publicdomain" in plain:
        return _BY_ID["cc0-1-0" if "zero" in plain else PUBLIC_DOMAIN]
    if key.startswith("cc0"):
        return _BY_ID["cc0-1-0"]
    if "all rights reserved" in plain:
        return _BY_ID[RESERVED]
    return _creative_commons(plain) or Licence(text.strip(), known=False)


def _creative_commons(plain: str) -> Licence | None:
    """One of the licences that begin with CC-BY; None where this is none of them."""
    words = re.sub(r"[^a-z0-9.]+", " ", plain)
    named = [name for name, pattern in _CC_WORDS.items() if pattern.search(words)]
    version = _VERSION.search(words)
    rest = _VERSION.sub(" ", words)
    for pattern in _CC_WORDS.values():
        rest = pattern.sub(" ", rest)
    # "Attribution License" is one of Flickr's; a sentence with the word in it is no licence.
    spoken = re.search(r"\bcc\b|creative ?commons", words) or not rest.strip()
    if "BY" not in named or not spoken:
        return None
    # Some write the version without its ".0"; Flickr's "Attribution License" has none at all.
    number = [] if version is None else [version[0] if "." in version[0] else f"{version[0]}.0"]
    return Licence(
        "-".join(["CC", *named, *number]),
        share_alike="SA" in named,
        non_commercial="NC" in named,
        no_derivatives="ND" in named,
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """All that is asked of somebody who passes a picture on.

    Every member of `members` must be kept; of the licences within one, any may be chosen.
    """

    members: tuple[tuple[Licence, ...], ...]

    @property
    def id(self) -> str:
        """Its spelling: members in one order, joined by AND."""
        spelt = set()
        for member in self.members:
            either = " OR ".join(sorted(one.id for one in member))
            spelt.add(either if len(member) == 1 else f"({either})")
        return JOINT.join(sorted(spelt)) or UNKNOWN

    @property
    def licences(self) -> tuple[Licence, ...]:
        """For each member the licence in it that asks least."""
        order = list(Kind)
        return tuple(
            min(member, key=lambda one: (order.index(one.kind), one.id)) for member in self.members
        )

    @property
    def kind(self) -> Kind:
        """The class of the strictest member."""
        return max((one.kind for one in self.licences), key=list(Kind).index, default=Kind.UNKNOWN)


@lru_cache(maxsize=4096)
def terms_of(expression: str) -> Terms:
    """The licences of an SPDX-like expression such as "CC-BY-4.0 AND MIT".

    OR is taken to bind tighter than AND, as publishing joins whole licences by AND: where
    parentheses would say otherwise, this reads more being asked for, never less.
    """
    members = []
    for part in re.split(r"\s+AND\s+", expression.replace("(", " ").replace(")", " ")):
        read = tuple(dict.fromkeys(licence_of(one) for one in re.split(r"\s+OR\s+", part)))
        if read not in members:
            members.append(read)
    return Terms(tuple(members))


def joined(licences: Iterable[str]) -> str:
    """The licence of what is made of pictures with these: all of them, each once, in one order."""
    members = tuple(member for text in licences for member in terms_of(text).members)
    return Terms(tuple(dict.fromkeys(members))).id
