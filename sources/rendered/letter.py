"""Letters and notices: running text under a letterhead, signed."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from datetime import date

from sources.rendered.drawings import logo, signature
from sources.rendered.issuer import Issue
from sources.rendered.page import Page, Run

VARIANTS = ("business", "centred", "memo", "plain")
_FIELDS = {"date": "date", "coming": "date", "number": "reference",
           "amount": "amount", "city": "city", "name": "name"}  # fmt: skip


def typeset(issue: Issue) -> Page:
    """A letter of the issuer, as wide as the issue and taller than what is shown of it."""
    who = issue.issuer
    page = Page(issue.width, 1200, who.paper)
    margin = issue.width * float(issue.rng.uniform(0.06, 0.085))
    left, right = margin, issue.width - margin
    style = who.body
    leading = style.x_height * float(issue.rng.uniform(2.25, 2.6))
    day = issue.day()
    name, signer = issue.faker.name(), issue.faker.name()
    if who.variant == "memo":
        y = _memo_head(page, issue, day, signer, left, right, leading)
    else:
        y = _head(page, issue, day, left, right, leading)
        y += leading * 1.3
        greeting = _joined(_parts(issue.label("dear"), {"name": lambda: name}))
        y = page.paragraph(left, y, greeting, style, right - left, leading) - leading
    y += leading * 1.5
    sentences = issue.several("sentences", int(issue.rng.integers(4, 8)))
    half = int(issue.rng.integers(2, len(sentences)))
    opening = issue.pick("openings")
    if who.variant == "memo" or who.language.locale != "de_DE":
        # Only German goes on in lower case after a greeting.
        opening = opening[0].upper() + opening[1:]
    for paragraph in ([opening, *sentences[:half]], sentences[half:],
                      [issue.pick("closings")]):  # fmt: skip
        runs = [run for sentence in paragraph for run in _filled(sentence, issue, day)]
        if runs:
            y = page.paragraph(left, y, runs, style, right - left, leading) + leading * 0.5
    x = left + (right - left) * float(issue.rng.choice((0.0, 0.0, 0.5)))
    y += leading * 0.4
    page.text(x, y, issue.label("regards"), style)
    signature(page, x + 6, y + leading * 1.75, float(issue.rng.uniform(65, 110)), issue.rng)
    y += leading * 3.4
    page.text(x, y, page.fitted(signer, style, right - x), style, field="signer")
    page.cut(max(y + 24, issue.height * 1.02))
    return page


def _head(page: Page, issue: Issue, day: date, left: float, right: float, leading: float) -> float:
    who = issue.issuer
    heading, style = who.heading.coloured(who.accent), who.body
    y = 16.0
    if who.variant == "plain":
        y += leading * 0.6
        page.text(right, y, page.fitted(who.name, style.bold(), right - left), style.bold(),
                  field="issuer", align="right")  # fmt: skip
        y += leading
        place = page.fitted(f"{who.street}, {who.town}", style, right - left)
        page.text(right, y, place, style, field="address", align="right")
    elif who.variant == "centred":
        middle = (left + right) / 2
        size = heading.x_height * 2.4
        logo(page, middle - size / 2, y, size, who.accent, who.logo_seed)
        y += size + heading.x_height * 2
        name = page.fitted(who.name, heading, right - left)
        page.text(middle, y, name, heading, field="issuer", align="centre")
        y += leading
        line = page.fitted(f"{who.street}, {who.town}", style, right - left)
        page.text(middle, y, line, style, field="address", align="centre")
        page.line((left, y + 8), (right, y + 8), who.accent, 1)
        y += 8
    else:
        size = heading.x_height * 3.2
        logo(page, left, y, size, who.accent, who.logo_seed)
        name = page.fitted(who.name, heading, right - left - size - 12)
        page.text(left + size + 10, y + heading.x_height * 1.5, name, heading, field="issuer")
        contact = page.fitted(f"{who.street}, {who.town}", style, right - left - size - 12)
        page.text(left + size + 10, y + heading.x_height * 1.5 + leading * 0.95, contact, style,
                  field="address")  # fmt: skip
        y += size + 6
        page.line((left, y), (right, y), who.accent, 2)
    y += leading * 1.5
    page.text(left, y, issue.label("reference"), style)
    shift = page.measure(issue.label("reference"), style) + style.x_height * 1.6
    page.text(left + shift, y, issue.number("##-####"), style, field="reference")
    page.text(right, y, issue.written(day, short=issue.width < 330), style,
              field="date", align="right")  # fmt: skip
    y += leading * 1.7
    subject = " ".join(text.strip() for text, _ in _filled(issue.pick("subjects"), issue, day))
    page.text(left, y, page.fitted(subject, style.bold(), right - left), style.bold(),
              field="subject")  # fmt: skip
    return y


def _memo_head(
    page: Page, issue: Issue, day: date, signer: str, left: float, right: float, leading: float
) -> float:
    who = issue.issuer
    style = who.body
    y = 22 + who.heading.x_height
    page.text(left, y, issue.label("memo"), who.heading)
    page.line((left, y + 7), (right, y + 7), style.colour, 2)
    y += 10
    subject = " ".join(text.strip() for text, _ in _filled(issue.pick("subjects"), issue, day))
    rows = (("to", issue.faker.name(), "name"), ("from", signer, "signer"),
            ("date", issue.written(day), "date"), ("subject", subject, "subject"))  # fmt: skip
    column = left + max(page.measure(issue.label(key), style.bold()) for key, _, _ in rows) + 14
    for key, value, field in rows:
        y += leading * 1.05
        page.text(left, y, issue.label(key), style.bold())
        page.text(column, y, page.fitted(value, style, right - column), style, field=field)
    page.line((left, y + 8), (right, y + 8), style.colour, 1)
    return y + 6


def _filled(sentence: str, issue: Issue, day: date) -> list[Run]:
    """`sentence` as runs, its places filled in; `day` is the letter's."""
    language = issue.issuer.language
    values: dict[str, Callable[[], str]] = {
        "date": lambda: issue.written(issue.after(day, -40, -3), short=False),
        "coming": lambda: issue.written(issue.after(day, 3, 40), short=False),
        "number": lambda: issue.number("##-#####"),
        "amount": lambda: language.priced(int(issue.rng.integers(1500, 480_000))),
        "city": lambda: str(issue.faker.city()),
        "name": lambda: str(issue.faker.name()),
    }
    return _joined(_parts(sentence, values))


def _parts(sentence: str, values: Mapping[str, Callable[[], str]]) -> list[Run]:
    runs: list[Run] = []
    for text, place, _, _ in string.Formatter().parse(sentence):
        if text:
            runs.append((text, None))
        if place is not None:
            runs.append((values[place](), _FIELDS[place]))
    return runs


def _joined(runs: list[Run]) -> list[Run]:
    """Move the punctuation after a filled place into its last word, where it is printed."""
    joined: list[Run] = []
    for text, field in runs:
        if joined and field is None and text[:1] in ".,:;":
            last, last_field = joined[-1]
            joined[-1] = (last + text[0], last_field)
            text = text[1:]
        if text.strip():
            joined.append((text, field))
    return joined
