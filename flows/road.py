"""The record's road: the stages of a build, in order."""

from __future__ import annotations

from dataclasses import dataclass

from flows.stages.curate import CURATE
from flows.stages.forge import FORGE
from flows.stages.judge import JUDGE
from flows.stages.measure import MEASURE
from flows.stages.plan import PLAN
from flows.stages.prompts import PROMPTS
from flows.stages.publish import PUBLISH
from flows.stages.rate import RATE
from flows.stages.referee import REFEREE
from flows.stages.select import SELECT
from flows.stages.sources import SOURCES
from flows.stages.stage import Stage
from flows.stages.weigh import WEIGH


@dataclass(frozen=True, slots=True)
class Step:
    """Stages that belong together for whoever watches a build. They run one after another."""

    name: str
    stages: tuple[Stage, ...]


ANNOTATE = "annotate"
"""The step in which pictures are judged; `counterfoil annotate` ends with it."""

ROAD: tuple[Step, ...] = (
    Step("sources", (SOURCES,)),
    Step("plan", (PLAN,)),
    Step("prompts", (PROMPTS,)),
    Step("forge", (FORGE,)),
    Step("curate", (CURATE, SELECT)),
    Step(ANNOTATE, (MEASURE, JUDGE, RATE, REFEREE, WEIGH)),
    Step("publish", (PUBLISH,)),
)

STAGES: dict[str, Stage] = {stage.name: stage for step in ROAD for stage in step.stages}
