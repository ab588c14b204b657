"""The gate of publishing: the shortcut audit of what is to be published, and its verdict."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from curation.shortcuts.audit import audit
from flows.run import Run
from flows.stages import publish
from flows.stages.publishing.layout import ShardPlan
from schemas.errors import DatasetError
from schemas.recipe.storing import Audit
from schemas.shortcuts import AuditReport, Verdict
from storage.published import DEFAULT_CONFIG

_ADVICE = 3
_DIGITS = 4


class AuditRefusal(DatasetError):
    """The shortcut audit refuses to publish."""


def run_audit(run: Run, plans: list[ShardPlan]) -> AuditReport:
    """The shortcut audit of the default config's shards, from their side information."""
    tables = [
        run.part(publish.NAME, index).read(publish.SIDE)
        for index, shard in enumerate(plans)
        if shard.config == DEFAULT_CONFIG
    ]
    wanted = run.recipe.audit
    # A shard whose pictures all lack a feature lacks its column.
    side = pa.concat_tables(tables, promote_options="default")
    return audit(side, run.recipe.seed, limit=wanted.max_auc, families=wanted.families)


def refuse_if_told_apart(report: AuditReport, wanted: Audit) -> None:
    """Raise `AuditRefusal`, saying what to do, where the recipe does not let the set pass."""
    if report.verdict is not Verdict.REFUSE or wanted.publish_anyway:
        return
    told = [finding.advice for finding in report.findings[:_ADVICE]]
    raise AuditRefusal(
        f"The shortcut audit refuses to publish: a classifier that never sees a picture tells "
        f"real from fake with an AUC of {report.auc:.2f}, above {wanted.max_auc:.2f}. "
        f"{' '.join(told) or 'No single feature gives it away.'} "
        "To publish all the same, set audit.publish_anyway: true."
    )


def rounded(report: AuditReport) -> AuditReport:
    """The report as it stands in the manifest: figures to four digits, no names of files."""
    plain = _round(report.model_dump(mode="json"))
    return AuditReport.model_validate(plain | {"extremes": []})


def _round(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {name: _round(one) for name, one in value.items()}
    return [_round(one) for one in value] if isinstance(value, list) else value
