"""Agreement between raters: chance-corrected coefficients with intervals, by panel and subject."""

from __future__ import annotations

from annotation.agreement.report import agreement_report

__all__ = ["agreement_report"]
