"""Where tasks run, chosen by one option: threads, processes, Dask or Ray."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Any

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from flows.workers import available_cores
from schemas.errors import MissingExtraError


class Runner(StrEnum):
    """The kinds of task runner."""

    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"
    RAY = "ray"


def task_runner(runner: Runner, workers: int | None = None) -> TaskRunner[Any]:
    """A task runner with so many workers, by default one a core."""
    count = workers or available_cores()
    # Torch reads these when it is first imported. A network that takes every core in each of
    # several workers fights with itself, and sums in another order with every other number.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, available_cores() // count)))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    match runner:
        case Runner.THREADS:
            return ThreadPoolTaskRunner(max_workers=count)
        case Runner.PROCESSES:
            return ProcessPoolTaskRunner(max_workers=count)
        case Runner.DASK:
            try:
                from prefect_dask import DaskTaskRunner
            except ImportError as error:
                raise MissingExtraError("dask", "prefect-dask", "The Dask runner") from error
            dask: TaskRunner[Any] = DaskTaskRunner(
                cluster_kwargs={"n_workers": count, "threads_per_worker": 1}
            )
            return dask
        case Runner.RAY:
            try:
                from prefect_ray import RayTaskRunner
            except ImportError as error:
                raise MissingExtraError("ray", "prefect-ray", "The Ray runner") from error
            ray: TaskRunner[Any] = RayTaskRunner(init_kwargs={"num_cpus": count})
            return ray
