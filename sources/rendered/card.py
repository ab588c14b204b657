"""Card-like specimens: invented holders, a silhouette for a portrait, SPECIMEN across them."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import numpy as np
from PIL import Image, ImageDraw

from schemas.picture import Mask
from sources.rendered.drawings import bar_code, lighter, logo, signature, silhouette, waves
from sources.rendered.fonts import TextStyle
from sources.rendered.issuer import Issue
from sources.rendered.page import SCALE, Page

VARIANTS = ("portrait_left", "portrait_right", "badge", "member")
FOOT = 52.0
"""Units kept free at the lower edge."""


def typeset(issue: Issue) -> Page:
    """A card of the issuer, of the issue's size, with rounded corners."""
    who = issue.issuer
    pale = lighter(who.accent, 0.85)
    page = Page(issue.width, issue.height, pale)
    waves(page, 0, issue.height, lighter(who.accent, 0.66), np.random.default_rng(who.logo_seed))
    band = _band(page, issue)
    badge = who.variant == "badge"
    side = issue.width * 0.055
    if badge:
        width = issue.width * 0.42
        photo = (issue.width / 2 - width / 2, band + 10, width, width * 1.15)
    else:
        width = issue.width * (0.24 if who.variant == "member" else 0.29)
        x = issue.width - side - width if who.variant == "portrait_right" else side
        photo = (x, band + 12, width, min(width * 1.28, issue.height - band - FOOT - 18))
    silhouette(page, *photo, issue.rng)
    if badge:
        x, y, right = side, photo[1] + photo[3] + 2, issue.width - side
    elif who.variant == "portrait_right":
        x, y, right = side, band + 4, photo[0] - 10
    else:
        x, y, right = photo[0] + photo[2] + 14, band + 4, issue.width - side
    surname = issue.faker.last_name()
    y = _holder(page, issue, surname, x, right, y)
    _foot(page, issue, surname, side, max(y, photo[1] + photo[3]) + 5)
    mark = ((206, 32, 40), (240, 240, 240), (225, 95, 20))[who.logo_seed % 3]
    style = TextStyle("sans", photo[2] * 0.095, mark, "bold")
    page.slanted((photo[0] + photo[2] / 2, photo[1] + photo[3] * 0.74), issue.label("specimen"),
                 style, float(issue.rng.uniform(12, 32)), "specimen")  # fmt: skip
    page.outline = _rounded(page)
    return page


def _band(page: Page, issue: Issue) -> float:
    """The coloured band with the issuer and the card's name; returns its lower edge."""
    who = issue.issuer
    titles = who.language.lists["cards"]
    title = titles[who.logo_seed % len(titles)]
    heading = who.heading.times(0.9).coloured((252, 252, 252))
    height = heading.x_height * 2.4 + who.body.x_height * 2.2
    page.box(-2, -2, issue.width + 4, height + 2, fill=who.accent)
    size = height * 0.62
    x = issue.width * 0.055
    page.box(x - 2, height * 0.19 - 2, size + 4, size + 4, fill=page.paper, radius=3)
    logo(page, x, height * 0.19, size, who.accent, who.logo_seed)
    room = issue.width - x * 2 - size - 10
    page.text(x + size + 10, heading.x_height * 1.9, page.fitted(title, heading, room), heading)
    small = who.body.coloured((245, 245, 245))
    page.text(x + size + 10, height - who.body.x_height * 0.9, page.fitted(who.name, small, room),
              small, field="issuer")  # fmt: skip
    return height


def _holder(page: Page, issue: Issue, surname: str, x: float, right: float, y: float) -> float:
    """Labels and values of the holder; returns the last baseline."""
    who, faker = issue.issuer, issue.faker
    zoom = min(1.35, max(1.0, (right - x) / 190))
    label = TextStyle("sans", 6.2, lighter(who.body.colour, 0.25))
    value = TextStyle(who.body.family, 7.2 * zoom, who.body.colour, "bold")
    issued = issue.day()
    birth = issued.replace(
        year=int(issue.rng.integers(1945, 2000)), day=int(issue.rng.integers(1, 28))
    )
    number = issue.number("X##-####-##" if who.logo_seed % 3 else "######-##")
    rows = [("surname", surname, "surname"), ("given", faker.first_name(), "name"),
            ("birth", issue.written(birth), "birth_date"),
            ("number", number, "id_number")]  # fmt: skip
    if who.variant == "member":
        rows[2] = ("member", issue.written(issued), "issue_date")
    expires = issue.written(issued + timedelta(days=3653))
    rows.append(("expires", expires, "expiry_date"))
    # Spread the rows over the space above the foot; where it is short, label and value share lines.
    space = issue.height - y - FOOT
    inline = space / len(rows) < label.x_height * 1.7 + value.x_height * 2.1
    pitch = min(space / len(rows), value.x_height * (3.0 if inline else 5.2))
    for key, text, field in rows:
        y += pitch
        if inline:
            caption = page.fitted(issue.label(key), label, (right - x) * 0.5)
            start = max(x + page.text(x, y, caption, label) + 8, x + (right - x) * 0.38)
        else:
            start = x
            caption = page.fitted(issue.label(key), label, right - x)
            page.text(x, y - value.x_height * 1.9, caption, label)
        page.text(start, y, page.fitted(text, value, right - start), value, field=field)
    return y


def _foot(page: Page, issue: Issue, surname: str, x: float, y: float) -> None:
    """The lower edge: lines for a machine, a bar code or a signature."""
    top = max(y, issue.height - FOOT)
    room = issue.height - top
    kind = issue.issuer.logo_seed // 7 % 3
    width = issue.width - 2 * x
    if kind == 0 and room > 36:
        page.box(-2, top, issue.width + 4, room + 4, fill=(248, 248, 246))
        style = TextStyle("mono", 6.9, (25, 25, 25))
        letters = int(width // page.measure("<", style))
        name = unicodedata.normalize("NFKD", surname.upper())
        name = "".join(c for c in name if c.isascii() and c.isalpha())
        for index, line in enumerate((f"SPECIMEN<<{name}", issue.number("########<#X######"))):
            page.text(x, top + room / 2 - 2 + index * 16, line[:letters].ljust(letters, "<"),
                      style, field="machine_line")  # fmt: skip
    elif kind == 1 and room > 24:
        bar_code(page, x + width * 0.25, top + 3, width * 0.5, min(26.0, room - 12), issue.rng)
    elif room > 24:
        signature(page, x + width * 0.45, top + room * 0.6, width * 0.35, issue.rng)


def _rounded(page: Page) -> Mask:
    """True where the card is, its corners cut round."""
    mask = Image.new("1", page.image.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        [0, 0, page.image.width - 1, page.image.height - 1], radius=11 * SCALE, fill=1
    )
    return np.asarray(mask, dtype=np.bool_)
