"""What a project is for, written into its description so that it is found again without a file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from schemas.identity import canonical_json

_MARK = "counterfoil-review "
_FOR_PEOPLE = "Pictures to judge. The line below is how Counterfoil finds this project; leave it.\n"


class Kind(StrEnum):
    """What people are asked to do in a project."""

    BLIND = "blind"
    """Judge each picture without seeing what other people said."""
    ADJUDICATION = "adjudication"
    """Settle what raters disagree on, having read all of them."""


@dataclass(frozen=True, slots=True)
class ProjectKey:
    """One project: of a set, for one slot of one kind, in parts of limited size.

    `version` names the page (`configuration_version`): another question is another project.
    `masks`: whether pre-annotated tasks show where a picture was changed.
    """

    set_name: str
    kind: Kind
    slot: int
    part: int
    version: str
    masks: bool = True

    @property
    def title(self) -> str:
        """What people see in the list of projects, at most 50 characters."""
        what = "adjudication" if self.kind is Kind.ADJUDICATION else f"reviewer {self.slot}"
        return f"{self.set_name[:24]} · {what} · part {self.part}"[:50]

    @property
    def description(self) -> str:
        """The text from which `project_key` reads the key back."""
        return f"{_FOR_PEOPLE}{_MARK}{canonical_json(asdict(self))}"

    @property
    def id(self) -> str:
        """One line that tells projects apart."""
        return f"{self.set_name}/{self.kind.value}/{self.slot}/{self.part}/{self.version}"


def project_key(description: str | None) -> ProjectKey | None:
    """The key in a project's description; None for a project that is not ours."""
    for line in (description or "").splitlines():
        if line.startswith(_MARK):
            try:
                fields = json.loads(line.removeprefix(_MARK))
                return ProjectKey(**fields | {"kind": Kind(fields["kind"])})
            except (ValueError, TypeError, KeyError, AttributeError):
                return None
    return None
