"""Filled forms: boxes and labels in print, answers in typewriting or blue ink."""

from __future__ import annotations

from sources.rendered.drawings import lighter, logo, signature
from sources.rendered.fonts import TextStyle
from sources.rendered.issuer import Issue, choose
from sources.rendered.page import Page

VARIANTS = ("boxes", "lines", "comb", "shaded")


def typeset(issue: Issue) -> Page:
    """A form of the issuer with the answers of one invented person."""
    return _Form(issue).page


class _Form:
    """The form while it is filled in; `y` is the upper edge of the next row."""

    def __init__(self, issue: Issue) -> None:
        self.issue = issue
        self.who = issue.issuer
        self.page = Page(issue.width, 1200, self.who.paper)
        self.left = issue.width * 0.055
        self.right = issue.width - self.left
        # A pen differs from person to person, the print does not.
        pen = choose(((22, 40, 120), (18, 18, 22), (30, 62, 150)), issue.rng)
        self.answer = TextStyle(
            choose(("mono", "times", "sans", "mono"), issue.rng), 6.9, pen,
            choose(("regular", "italic"), issue.rng),
        )  # fmt: skip
        self.label = self.who.body.times(0.97)
        self.row = self.label.x_height * 2.5 + self.answer.x_height * 2.75
        self.y = 12.0
        self._head()
        self._fields()
        self._checks()
        self._sign()
        self.page.cut(max(self.y + 16, issue.height * 1.0))

    def _head(self) -> None:
        issue, who, page = self.issue, self.who, self.page
        titles = who.language.lists["forms"]
        title = titles[who.logo_seed % len(titles)]
        heading = who.heading.times(0.92)
        size = heading.x_height * 2.5
        if who.variant == "shaded":
            page.box(-2, -2, issue.width + 4, size + 20, fill=lighter(who.accent, 0.75))
        logo(page, self.left, self.y - 2, size, who.accent, who.logo_seed)
        room = self.right - self.left - size - 10
        page.text(self.left + size + 10, self.y + heading.x_height * 1.3,
                  page.fitted(title, heading, room), heading)  # fmt: skip
        page.text(self.left + size + 10, self.y + heading.x_height * 1.3 + 15,
                  page.fitted(who.name, self.label, room - 92), self.label,
                  field="issuer")  # fmt: skip
        page.text(self.right, self.y + heading.x_height * 1.3 + 15, issue.number("F-######"),
                  self.label.bold(), field="form_number", align="right")  # fmt: skip
        self.y += size + 14

    def _section(self, index: int) -> None:
        who = self.who
        name = who.language.lists["sections"][index]
        text = f"{index + 1}. {name}"
        height = self.label.x_height * 2.3
        self.y += 3
        if who.variant in ("boxes", "shaded"):
            self.page.box(self.left, self.y, self.right - self.left, height, fill=who.accent)
            style = self.label.bold().coloured((250, 250, 250))
        else:
            style = self.label.bold().coloured(who.accent)
            self.page.line((self.left, self.y + height), (self.right, self.y + height), who.accent)
        self.page.text(self.left + 5, self.y + height * 0.72, text, style)
        self.y += height + 3

    def _fields(self) -> None:
        issue = self.issue
        self._section(0)
        faker = issue.faker
        birth = issue.written(issue.day().replace(year=int(issue.rng.integers(1940, 2004)), day=11))
        self._line(
            ("surname", faker.last_name().split()[-1], "surname"),
            ("given", faker.first_name(), "name"),
        )
        self._line(("job", faker.job().split(",")[0], "occupation"))
        self._section(1)
        self._line(("street", faker.street_address().splitlines()[0], "address"))
        self._line(("postcode", faker.postcode(), "postcode"), ("city", faker.city(), "city"))
        phone = self.who.language.phone(issue.rng)
        address = f"{faker.user_name()}@mail.example"
        if issue.chance(0.7):
            self._line(("phone", phone, "phone"), ("birth", birth, "birth_date"))
            self._line(("email", address, "email"))

    def _line(self, *cells: tuple[str, str, str]) -> None:
        issue, who, page = self.issue, self.who, self.page
        split = {"postcode": 0.4, "phone": 0.56}.get(cells[0][0], 0.52)
        shares = (1.0,) if len(cells) == 1 else (split, 1 - split)
        x = self.left
        for (key, value, field), share in zip(cells, shares, strict=True):
            width = (self.right - self.left) * share - (0 if who.variant == "boxes" else 6)
            edge = lighter(self.label.colour, 0.3)
            if who.variant == "boxes":
                page.box(x, self.y, width, self.row, edge=edge)
            elif who.variant == "shaded":
                page.box(x, self.y + self.label.x_height * 2.35, width,
                         self.row - self.label.x_height * 2.35, fill=lighter(who.accent, 0.88),
                         edge=lighter(who.accent, 0.4), thickness=0.75)  # fmt: skip
            label = page.fitted(issue.label(key), self.label, width - 6)
            page.text(x + 4, self.y + self.label.x_height * 1.85, label, self.label)
            baseline = self.y + self.row - self.answer.x_height * 0.8
            jitter = float(issue.rng.uniform(-0.8, 0.8))
            if who.variant == "comb" and self._fits(value, width):
                self._comb(x + 2, baseline, width, value, field)
            else:
                value = page.fitted(value, self.answer, width - 14)
                page.text(x + 8, baseline + jitter, value, self.answer, field=field)
            if who.variant == "lines" or (who.variant == "comb" and not self._fits(value, width)):
                page.line((x + 2, baseline + 4), (x + width - 2, baseline + 4), edge, 0.75)
            x += width + (0 if who.variant == "boxes" else 6)
        self.y += self.row + (0 if who.variant == "boxes" else 5)

    def _fits(self, value: str, width: float) -> bool:
        return len(value) <= int(width // (self.answer.x_height * 2.05))

    def _comb(self, x: float, y: float, width: float, value: str, field: str) -> None:
        pitch = self.answer.x_height * 2.05
        cells = int(width // pitch)
        edge = lighter(self.who.accent, 0.3)
        page = self.page
        bottom, top = y + 4, y - self.answer.x_height * 1.9
        page.line((x, bottom), (x + cells * pitch, bottom), edge, 0.75)
        for cell in range(cells + 1):
            page.line((x + cell * pitch, top), (x + cell * pitch, bottom), edge, 0.75)
        start = 0
        for word in value.upper().split():
            page.comb(x + start * pitch, y, word, self.answer, pitch, field)
            start += len(word) + 1

    def _checks(self) -> None:
        issue, page = self.issue, self.page
        self._section(2)
        size = self.label.x_height * 1.7
        for choice in issue.several("choices", int(issue.rng.integers(2, 5))):
            page.box(self.left + 4, self.y + 3, size, size, edge=self.label.colour, thickness=0.9)
            if issue.chance(0.6):
                x, y = self.left + 4, self.y + 3
                if issue.chance(0.5):
                    page.line((x + 1, y + 1), (x + size, y + size), self.answer.colour, 1.4)
                    page.line((x + size + 1, y - 1), (x + 1, y + size), self.answer.colour, 1.4)
                else:
                    page.curve([(x + 1, y + size / 2), (x + size / 2, y + size - 1),
                                (x + size + 4, y - 4)], self.answer.colour, 1.6)  # fmt: skip
            choice = page.fitted(choice, self.label, self.right - self.left - size - 16)
            page.text(self.left + size + 12, self.y + 3 + size * 0.85, choice, self.label)
            self.y += size + 8

    def _sign(self) -> None:
        issue, page = self.issue, self.page
        self.y += self.row + 4
        middle = self.left + (self.right - self.left) * 0.42
        edge = lighter(self.label.colour, 0.3)
        page.line((self.left, self.y), (middle - 10, self.y), edge, 0.75)
        page.line((middle, self.y), (self.right, self.y), edge, 0.75)
        page.text(self.left + 4, self.y - 5, issue.written(issue.day()), self.answer, field="date")
        signature(page, middle + 12, self.y - 6, float(issue.rng.uniform(60, 110)), issue.rng)
        below = self.y + self.label.x_height * 1.9
        page.text(self.left, below, issue.label("date"), self.label)
        page.text(middle, below, issue.label("signature"), self.label)
        self.y = below + 6
