"""What differs between countries on paper: labels, money, dates, numbers that belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from sources.rendered.lexicon import english, french, german, spanish


@dataclass(frozen=True, slots=True)
class Language:
    """A locale of Faker with the words and habits that Faker does not know.

    `phones`: patterns from ranges kept free for fiction where the country has them, `#` a digit.
    `tax_rates` in tenths of a percent; `tax_on_top` says whether shelf prices leave the tax out.
    """

    locale: str
    currency: str
    decimal: str
    thousands: str
    dates: tuple[str, ...]
    phones: tuple[str, ...]
    tax_rates: tuple[int, ...]
    tax_on_top: bool
    labels: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]

    def money(self, cents: int) -> str:
        """An amount without its currency: 1,234.50 or 1.234,50."""
        sign = "-" if cents < 0 else ""
        whole, rest = divmod(abs(cents), 100)
        return f"{sign}{whole:,}".replace(",", self.thousands) + f"{self.decimal}{rest:02d}"

    def priced(self, cents: int) -> str:
        """An amount with its currency, as it stands in a total."""
        amount = self.money(cents)
        return f"${amount}" if self.currency == "USD" else f"{amount} {self.currency}"

    def percent(self, tenths: int) -> str:
        """A rate: 8.5% or 5,5%."""
        whole, rest = divmod(tenths, 10)
        return f"{whole}{self.decimal}{rest}%" if rest else f"{whole}%"

    def written(self, day: date, pattern: str) -> str:
        """A date after one of `dates`; `{month}` is the month's name."""
        return pattern.format(
            d=day.day, m=day.month, y=day.year, month=self.lists["months"][day.month - 1]
        )

    def phone(self, rng: np.random.Generator) -> str:
        """A telephone number that belongs to nobody."""
        return digits(str(rng.choice(self.phones)), rng)

    def account(self, rng: np.random.Generator) -> str:
        """An account number built like an IBAN; check digits 00 make it one that cannot exist."""
        return digits(self.labels["account_pattern"], rng)


def digits(pattern: str, rng: np.random.Generator) -> str:
    """`pattern` with every `#` replaced by a digit."""
    return "".join(str(rng.integers(10)) if sign == "#" else sign for sign in pattern)


LANGUAGES = (
    Language(
        "en_US", "USD", ".", ",",
        ("{m:02d}/{d:02d}/{y}", "{month} {d}, {y}", "{y}-{m:02d}-{d:02d}"),
        ("(212) 555-01##", "(415) 555-01##", "303-555-01##"),
        (60, 65, 70, 80, 85), True, english.LABELS, english.LISTS,
    ),
    Language(
        "de_DE", "EUR", ",", ".",
        ("{d:02d}.{m:02d}.{y}", "{d}. {month} {y}"),
        ("030 23125 ###", "069 90009 ###", "040 66969 ###"),
        (190, 70), False, german.LABELS, german.LISTS,
    ),
    Language(
        "fr_FR", "EUR", ",", ".",
        ("{d:02d}/{m:02d}/{y}", "{d} {month} {y}"),
        ("01 99 00 ## ##", "04 65 71 ## ##", "05 36 49 ## ##"),
        (200, 100, 55), False, french.LABELS, french.LISTS,
    ),
    Language(
        "es_ES", "EUR", ",", ".",
        ("{d:02d}/{m:02d}/{y}", "{d} de {month} de {y}"),
        ("900 000 ###", "800 000 ###"),
        (210, 100), False, spanish.LABELS, spanish.LISTS,
    ),
)  # fmt: skip
"""English first: it is drawn most often."""
