"""The drawings of a shortcut audit's page, as SVG that takes its colours from the page."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from schemas.shortcuts import AuditReport, Bars, Estimate

_LEFT, _RIGHT = 0.4, 1.0
_WIDTH = 720
_CHART_WIDTH, _CHART_HEIGHT, _AXIS = 440, 150, 78
_ALL_NAMES = 7
_LONGEST = 16


def across(auc: float, width: float) -> float:
    """Where an AUC stands on a scale from 0.4 to 1."""
    return round((min(max(auc, _LEFT), _RIGHT) - _LEFT) / (_RIGHT - _LEFT) * width, 1)


@dataclass(frozen=True, slots=True)
class Scale:
    """The big scale on top of the page."""

    svg: str

    @classmethod
    def of(cls, report: AuditReport) -> Scale:
        """AUC with its interval, what chance reaches, and the limit."""
        parts = [
            _rect("band", 0, 34, across(max(report.null, 0.5), _WIDTH), 22),
            _rect("over", across(report.limit, _WIDTH), 34, _WIDTH, 22),
            *(
                f'<text class="tick" x="{across(value, _WIDTH)}" y="74" text-anchor="middle">'
                f"{value:.1f}</text>"
                for value in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
            ),
            _line("limit", report.limit, 28, 62),
            _label("limit-name", report.limit, 20, f"limit {report.limit:.2f}"),
            _estimate(report.auc, report.low, report.high, 45, "side"),
        ]
        if report.statistics:
            told = report.statistics
            parts += [
                _rect("band", 0, 106, _WIDTH, 10),
                _estimate(told.auc, told.low, told.high, 111, "pixels"),
            ]
        height = 124 if report.statistics else 82
        body = "".join(parts)
        return cls(
            Markup(
                f'<svg class="scale" viewBox="-16 0 {_WIDTH + 32} {height}" role="img" '
                f'aria-label="AUC {report.auc:.3f}, limit {report.limit:.2f}">{body}</svg>'
            )
        )


def slice_mark(found: Estimate, limit: float) -> str:
    """A small scale for one row of a table."""
    width = 150
    high, low, at = (across(value, width) for value in (found.high, found.low, found.auc))
    return Markup(
        f'<svg class="mark" viewBox="-5 0 {width + 10} 16" aria-hidden="true">'
        f'<line class="rail" x1="0" x2="{width}" y1="8" y2="8"/>'
        f'<line class="limit" x1="{across(limit, width)}" x2="{across(limit, width)}" '
        f'y1="2" y2="14"/>'
        f'<line class="span" x1="{low}" x2="{high}" y1="8" y2="8"/>'
        f'<circle class="{"dot" if found.auc <= limit else "dot bad"}" cx="{at}" cy="8" r="4"/>'
        f"</svg>"
    )


def distribution(bars: Bars) -> str:
    """Real pictures above the line, fake ones below it, on one scale."""
    count = max(len(bars.names), 1)
    step = _CHART_WIDTH / count
    wide = min(step * 0.78, 96)
    top = max((*bars.real, *bars.fake, 0.01))
    reach = _AXIS - 14
    parts = []
    for place, (name, real, fake) in enumerate(zip(bars.names, bars.real, bars.fake, strict=True)):
        left = place * step + (step - wide) / 2
        tip = escape(f"{name}: real {real:.1%}, fake {fake:.1%}")
        up, down = reach * real / top, reach * fake / top
        parts.append(
            f"<g><title>{tip}</title>"
            f'<rect class="real" x="{left:.1f}" y="{_AXIS - 10 - up:.1f}" width="{wide:.1f}" '
            f'height="{up:.1f}" rx="1.5"/>'
            f'<rect class="fake" x="{left:.1f}" y="{_AXIS + 10:.1f}" width="{wide:.1f}" '
            f'height="{down:.1f}" rx="1.5"/></g>'
        )
    parts += _names(bars.names, step)
    return Markup(
        f'<svg class="bars" viewBox="0 0 {_CHART_WIDTH} {_CHART_HEIGHT}" role="img" '
        f'aria-label="Shares of real and fake pictures by value">{"".join(parts)}</svg>'
    )


def _names(names: tuple[str, ...], step: float) -> list[str]:
    """Names of the bins between both rows of bars: all of a few, else the first and the last."""
    if len(names) <= _ALL_NAMES:
        shown = {place: _short(name, int(step / 6.2)) for place, name in enumerate(names)}
        anchor = dict.fromkeys(shown, "middle")
    else:
        ranged = [place for place, name in enumerate(names) if " to " in name]
        last = ranged[-1] if ranged else len(names) - 1
        shown = {0: names[0].partition(" to ")[0], last: names[last].rpartition(" to ")[2]}
        anchor = {0: "start", last: "end"}
        if last < len(names) - 1:
            shown[len(names) - 1], anchor[len(names) - 1] = names[-1], "end"
            shown[last] = ""
    found = []
    for place, name in shown.items():
        side = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor[place]]
        found.append(
            f'<text class="tick" x="{(place + side) * step:.1f}" y="{_AXIS + 4}" '
            f'text-anchor="{anchor[place]}">{escape(name)}</text>'
        )
    return found


def _short(name: str, most: int) -> str:
    most = max(min(most, 40), 4)
    return name if len(name) <= most else name[: most - 1] + "…"


def _estimate(auc: float, low: float, high: float, y: int, kind: str) -> str:
    left, right, at = (across(value, _WIDTH) for value in (low, high, auc))
    radius = 8 if kind == "side" else 5
    return (
        f'<line class="span {kind}" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
        f'<circle class="dot {kind}" cx="{at}" cy="{y}" r="{radius}"/>'
    )


def _rect(kind: str, left: float, top: float, right: float, height: float) -> str:
    width = max(right - left, 0)
    return (
        f'<rect class="{kind}" x="{left}" y="{top}" width="{width:.1f}" height="{height}" rx="3"/>'
    )


def _line(kind: str, auc: float, top: float, bottom: float) -> str:
    at = across(auc, _WIDTH)
    return f'<line class="{kind}" x1="{at}" x2="{at}" y1="{top}" y2="{bottom}"/>'


def _label(kind: str, auc: float, y: float, text: str) -> str:
    return (
        f'<text class="{kind}" x="{across(auc, _WIDTH)}" y="{y}" text-anchor="middle">'
        f"{escape(text)}</text>"
    )
