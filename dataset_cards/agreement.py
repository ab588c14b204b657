"""What the card shows of who agrees with whom."""

from __future__ import annotations

from schemas.agreement import ATTRIBUTES_TOGETHER, SETS_OF_ATTRIBUTES, AgreementReport
from schemas.attributes import WHOLE
from schemas.manifest import Manifest

SUBJECTS: tuple[str, ...] = (WHOLE, ATTRIBUTES_TOGETHER, SETS_OF_ATTRIBUTES)
PEOPLE = "human/human"
ANYBODY = "all/all"


def read_agreement(manifest: Manifest) -> AgreementReport | None:
    """The manifest's agreement report; None where no two raters could be compared."""
    report = manifest.agreement
    return report if report is not None and (report.figures or report.masks) else None
