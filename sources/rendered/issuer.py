"""Who issues a document: what all documents of one group share, from letterhead to typeface."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
from faker import Faker

from schemas.recipe.sources import DocumentTemplate
from sources.rendered.fonts import ACCENTED, Colour, Family, TextStyle
from sources.rendered.language import LANGUAGES, Language, digits

Item = TypeVar("Item")

_FAMILIES: dict[DocumentTemplate, tuple[Family, ...]] = {
    "receipt": ("mono", "typewriter", "mono", "grotesque"),
    "invoice": ("sans", "times", "grotesque", "serif"),
    "letter": ("times", "serif", "roman", "sans", "typewriter"),
    "form": ("sans", "times", "grotesque", "serif"),
    "card": ("sans", "grotesque", "sans", "serif"),
}
_PAPERS: tuple[Colour, ...] = (
    (253, 253, 252), (250, 250, 250), (252, 249, 240), (247, 243, 230), (241, 245, 250),
    (252, 240, 240), (243, 249, 240), (249, 241, 214),
)  # fmt: skip
_FIRST_DAY = date(2012, 1, 2)


@dataclass(frozen=True, slots=True)
class Issuer:
    """An invented shop, firm or office. `logo_seed` draws its mark the same way every time."""

    variant: str
    language: Language
    name: str
    street: str
    town: str
    phone: str
    domain: str
    body: TextStyle
    heading: TextStyle
    accent: Colour
    paper: Colour
    condensed: float
    logo_seed: int


@dataclass(frozen=True, slots=True)
class Issue:
    """One document to typeset: who issues it, its own randomness, and the room in layout units."""

    issuer: Issuer
    rng: np.random.Generator
    faker: Faker
    width: float
    height: float

    def label(self, key: str) -> str:
        """A printed label in the issuer's language."""
        return self.issuer.language.labels[key]

    def pick(self, key: str) -> str:
        """One of the words of a list in the issuer's language."""
        return choose(self.issuer.language.lists[key], self.rng)

    def several(self, key: str, count: int) -> list[str]:
        """`count` different words of a list."""
        words = self.issuer.language.lists[key]
        order = self.rng.permutation(len(words))[:count]
        return [words[index] for index in order]

    def day(self) -> date:
        """A day of the years 2012 to 2025."""
        return _FIRST_DAY + timedelta(days=int(self.rng.integers(0, 5000)))

    def after(self, day: date, least: int, most: int) -> date:
        """A day from `least` to `most` days after `day`."""
        return day + timedelta(days=int(self.rng.integers(least, most + 1)))

    def written(self, day: date, *, short: bool = True) -> str:
        """`day` as the issuer writes it; with the month's name unless `short`."""
        patterns = self.issuer.language.dates
        return self.issuer.language.written(day, patterns[0 if short else 1])

    def number(self, pattern: str) -> str:
        """`pattern` with its `#` filled in."""
        return digits(pattern, self.rng)

    def chance(self, share: float) -> bool:
        """True in `share` of the cases."""
        return bool(self.rng.random() < share)


def found(
    template: DocumentTemplate, variant: str, seed: int, faker_of: dict[str, Faker]
) -> Issuer:
    """Invent an issuer; `faker_of` holds a Faker for each locale, seeded here."""
    rng = np.random.default_rng(seed)
    language = LANGUAGES[int(rng.choice(len(LANGUAGES), p=(0.52, 0.16, 0.16, 0.16)))]
    faker = faker_of[language.locale]
    faker.seed_instance(seed)
    family = choose(_FAMILIES[template], rng)
    if language.locale != "en_US":
        # A line must not change its typeface at the first accent.
        family = ACCENTED.get(family, family)
    hue, light = float(rng.random()), float(rng.uniform(0.22, 0.45))
    red, green, blue = colorsys.hls_to_rgb(hue, light, float(rng.uniform(0.3, 0.85)))
    accent = (round(red * 255), round(green * 255), round(blue * 255))
    grey = int(rng.integers(8, 60))
    ink = (grey, grey, min(255, grey + int(rng.integers(0, 22))))
    body = TextStyle(family, float(rng.uniform(6.3, 7.1)), ink)
    heading: Family = family if rng.random() < 0.5 else choose(("sans", "serif", "times"), rng)
    name = str(faker.last_name() if template == "receipt" else faker.company())
    return Issuer(
        variant=variant,
        language=language,
        name=name,
        street=str(faker.street_address()).splitlines()[0].strip(),
        town=f"{faker.postcode()} {faker.city()}",
        phone=language.phone(rng),
        domain=f"{''.join(c for c in name.split()[0].lower() if c.isascii() and c.isalnum())}"
        ".example",
        body=body,
        heading=TextStyle(heading, body.x_height * float(rng.uniform(1.35, 1.8)), ink, "bold"),
        accent=accent,
        paper=choose(_PAPERS, rng),
        condensed=float(rng.uniform(0.84, 1.0)),
        logo_seed=int(rng.integers(1 << 40)),
    )


def choose(items: Sequence[Item], rng: np.random.Generator) -> Item:
    """One of `items`."""
    return items[int(rng.integers(len(items)))]
