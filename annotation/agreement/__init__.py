"""Agreement between raters: chance-corrected coefficients with intervals, by panel and subject."""

from __future__ import annotations

from annotation.agreement.bootstrap import Estimate
from annotation.agreement.figures import (
    Agreement,
    AgreementReport,
    Anchoring,
    MaskAgreement,
    PairAgreement,
)
from annotation.agreement.report import agreement_report

__all__ = [
    "Agreement",
    "AgreementReport",
    "Anchoring",
    "Estimate",
    "MaskAgreement",
    "PairAgreement",
    "agreement_report",
]
