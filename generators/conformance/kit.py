"""Runs every check of the contract on one generator."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generators.conformance import answers, spec_rules
from generators.conformance.answers import Answer, Forger
from generators.conformance.jobs import hostile_jobs, operation_jobs
from generators.registry import create, load
from schemas.identity import canonical_json, digest


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to; `detail` says what to mend where it failed."""

    check: str
    passed: bool
    detail: str = ""


def check(name: str, options: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
    """All findings on the generator `name` with `options`, in the order of the checks.

    Raises `GeneratorError` where there is no such generator or it cannot be constructed.
    """
    spec = load(name).spec
    forger = Forger(lambda: create(name, options))
    findings = [_run("spec", lambda: spec_rules.spec_problems(load(name), name))]
    findings.append(_run("construct", lambda: spec_rules.construct_problems(name, options)))
    for operation in spec.operations:
        jobs = operation_jobs(spec, operation)
        first = forger.answer(jobs)
        if first.error:
            findings.append(Finding(f"{operation}: answers", False, first.error))
            continue
        checks: dict[str, Callable[[], Iterator[str]]] = {
            "answers": lambda jobs=jobs, first=first: answers.complete(jobs, first),
            "determinism": lambda jobs=jobs, first=first: answers.repeatable(
                forger, jobs, first, spec.tolerance
            ),
            "seed": lambda jobs=jobs, first=first: answers.seeded(forger, jobs, first),
            "batch": lambda jobs=jobs, first=first: answers.batch_free(
                forger, jobs, first, spec.tolerance
            ),
            "inputs": lambda jobs=jobs: answers.untouched(forger, jobs),
            "global state": lambda jobs=jobs, first=first: answers.stateless(
                forger, jobs, first, spec.tolerance
            ),
            "masks": lambda jobs=jobs, first=first: answers.masked(jobs, first),
            "provenance": lambda jobs=jobs, first=first: answers.documented(jobs, first),
            "rejection": lambda operation=operation: answers.rejects(
                forger, hostile_jobs(spec, operation)
            ),
        }
        findings += [_run(f"{operation}: {title}", run) for title, run in checks.items()]
    if spec.tolerance == 0:
        findings.append(_run("travel", lambda: _travels(name, options, forger)))
    return tuple(findings)


def _run(title: str, problems: Callable[[], Iterator[str]]) -> Finding:
    try:
        found = list(problems())
    except Exception as error:  # A stranger's code may raise anything at any point.
        found = [f"raised {type(error).__name__}: {error}"]
    return Finding(title, not found, " ".join(found[:3]))


def _travels(name: str, options: Mapping[str, Any] | None, forger: Forger) -> Iterator[str]:
    """Another process must come to the same answer from the name and the options alone."""
    spec = load(name).spec
    jobs = operation_jobs(spec, spec.operations[0])[:1]
    code = (
        "import json, sys\n"
        "from generators.conformance.kit import answer_digest\n"
        "print(answer_digest(sys.argv[1], json.loads(sys.argv[2])))"
    )
    plain = canonical_json(dict(options or {}))
    done = subprocess.run(
        [sys.executable, "-c", code, name, plain], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        yield f"In another process it failed: {last}. It must be importable by its entry point."
    elif done.stdout.strip() != _digest(forger.answer(jobs)):
        yield "Another process came to another result: seed every random choice from job.seed."


def answer_digest(name: str, options: Mapping[str, Any]) -> str:
    """A digest of a generator's answer to the kit's first job; the kit compares processes by it."""
    spec = load(name).spec
    jobs = operation_jobs(spec, spec.operations[0])[:1]
    return _digest(Forger(lambda: create(name, options)).answer(jobs))


def _digest(answer: Answer) -> str:
    parts: Sequence[object] = [answers.fingerprint(result) for result in answer.results]
    return digest(*parts)
