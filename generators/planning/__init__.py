"""Planning: from a recipe's quotas and the sources at hand to jobs with ids, seeds and parts."""

from generators.planning.candidate import Candidate, Unplannable
from generators.planning.entries import check_entries, resolve_operation
from generators.planning.planner import JobPlanner

__all__ = ["Candidate", "JobPlanner", "Unplannable", "check_entries", "resolve_operation"]
