"""The flow on a real Prefect server: the same bytes, skipped parts, artifacts, told failures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.prefect_settings import apply_defaults
from flows.run import Run, open_run, start_run
from schemas.errors import CounterfoilError
from tests.flows.small import file_hashes, small_recipe

pytestmark = [
    pytest.mark.prefect,
    # Prefect's own server and client warn of what is theirs to mend.
    pytest.mark.filterwarnings("default"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One real Prefect server for the tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        apply_defaults()
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            yield


def task_states(flow_run_name: str) -> list[str]:
    """The names of the final states of a flow's tasks."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName

    async def read() -> list[str]:
        async with get_client() as client:
            filter_ = FlowRunFilter(name=FlowRunFilterName(any_=[flow_run_name]))
            # The server learns of states from a queue, and may be behind for a while.
            for _ in range(60):
                runs = await client.read_task_runs(flow_run_filter=filter_, limit=200)
                names = [run.state_name or "" for run in runs]
                if not {"Running", "Pending"} & set(names):
                    break
                await asyncio.sleep(0.5)
            return names

    return asyncio.run(read())


@pytest.mark.usefixtures("server")
def test_the_flow_builds_the_same_set_and_skips_what_is_done(built: Run, tmp_path: Path) -> None:
    from flows.build import build
    from flows.task_runners import Runner, task_runner

    folder = str(tmp_path / "small")
    start_run(folder, small_recipe())
    runner = task_runner(Runner.THREADS, 2)
    seconds = build.with_options(task_runner=runner, flow_run_name="first")(folder)
    assert list(seconds) == [
        "sources", "plan", "forge", "curate", "annotate", "publish", "assemble",
    ]  # fmt: skip
    assert file_hashes(open_run(folder)) == file_hashes(built)

    build.with_options(task_runner=runner, flow_run_name="second")(folder)
    states = task_states("second")
    assert states.count("Skipped") >= len(states) - 1
    assert file_hashes(open_run(folder)) == file_hashes(built)


@pytest.mark.usefixtures("server")
def test_the_summary_is_an_artifact_with_the_contact_sheet(built: Run, tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client

    from flows.summary import summary_markdown

    text = summary_markdown(str(built.folder))
    assert "| natural | splice |" in text
    assert "data:image/" in text

    async def read() -> list[str]:
        async with get_client() as client:
            return [str(artifact.key) for artifact in await client.read_artifacts()]

    keys = asyncio.run(read())
    assert "build-summary" in keys
    assert "forge-progress" in keys


@pytest.mark.usefixtures("server")
def test_a_failure_inside_a_task_comes_out_as_itself(tmp_path: Path) -> None:
    from flows.build import build

    recipe = small_recipe()
    sources = (recipe.sources[0].model_copy(update={"pictures": ("nessie",)}),)
    folder = str(tmp_path / "bad")
    start_run(folder, recipe.model_copy(update={"sources": sources}))
    with pytest.raises(CounterfoilError, match="no packaged picture named 'nessie'"):
        build(folder)


@pytest.mark.slow
@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "kind",
    [
        "processes",
        pytest.param("dask", marks=pytest.mark.dask),
        pytest.param("ray", marks=pytest.mark.ray),
    ],
)
def test_every_task_runner_builds_the_same_set(built: Run, tmp_path: Path, kind: str) -> None:
    if kind != "processes":
        pytest.importorskip(f"prefect_{kind}")
    from flows.build import build
    from flows.task_runners import Runner, task_runner

    folder = str(tmp_path / "small")
    start_run(folder, small_recipe())
    build.with_options(task_runner=task_runner(Runner(kind), 2))(folder)
    assert file_hashes(open_run(folder)) == file_hashes(built)
