"""The training loop: steps of accumulated batches, between which it is recorded and saved."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch

from detector.model.checkpoints import build
from detector.training.dealing import Deal, deal
from detector.training.feed import Feed, loader_of
from detector.training.finishing import keep_detector
from detector.training.material import Material
from detector.training.measuring import Figures, look
from detector.training.outcome import FOLDER, Outcome, ended
from detector.training.parameters import optimiser_of, schedule_of, weights_in
from detector.training.recipe import TrainingRecipe
from detector.training.recording import Record
from detector.training.sameness import begin_or_go_on
from detector.training.setting import accelerator_for, hold_frozen, tell_of_batches
from detector.training.snapshots import Snapshots
from detector.training.state import Training
from detector.training.watching import Nobody, Pace, Start, Watcher

_SNAPSHOTS = "snapshots"


def train(
    recipe: TrainingRecipe,
    material: Material,
    out: Path,
    *,
    most: int | None = None,
    watcher: Watcher | None = None,
) -> Outcome:
    """Train by a recipe into the folder `out`, or go on where an earlier call was broken off.

    `most`: stop after so many steps. All randomness follows from the recipe's seed; torch's own is
    as it was afterwards. Raises RecipeError where `out` holds another training, CounterfoilError
    where the loss is no longer a number.
    """
    accelerator = accelerator_for(recipe, out)
    if not accelerator.is_main_process:
        watcher = None
    folder = out / FOLDER
    if accelerator.is_main_process:
        folder.mkdir(parents=True, exist_ok=True)
        begin_or_go_on(recipe, accelerator.num_processes, folder, out)
    accelerator.wait_for_everyone()
    done = ended(recipe, out)
    if done is not None:
        return done
    devices = [accelerator.device] if accelerator.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(recipe.seed * 1009 + accelerator.process_index)
        return _Loop(recipe, material, out, accelerator, watcher or Nobody()).run(most)


class _Loop:
    def __init__(
        self,
        recipe: TrainingRecipe,
        material: Material,
        out: Path,
        accelerator: Any,
        watcher: Watcher,
    ) -> None:
        self.recipe, self.material, self.out = recipe, material, out
        self.accelerator, self.watcher = accelerator, watcher
        self.deal: Deal = deal(recipe, len(material.rows), accelerator.num_processes)
        self.record = Record(out / FOLDER, accelerator)
        self.state = self._assembled()
        self.figures: Figures = {}
        self.loss: float | None = None

    def _assembled(self) -> Training:
        recipe, accelerator = self.recipe, self.accelerator
        tell_of_batches(accelerator, self.deal)
        detector = build(self.material.config, recipe.seed)
        self.weights = weights_in(detector)
        hold_frozen(detector, accelerator)
        optimiser = optimiser_of(detector, recipe.optimisation)
        state = Training(
            accelerator,
            detector,
            optimiser,
            schedule_of(optimiser, recipe.optimisation, self.deal.steps),
            loader_of(recipe, self.material, self.deal, accelerator),
            Snapshots(self.out / FOLDER / _SNAPSHOTS, recipe.watching.keep),
        )
        state.prepare()
        return state

    def run(self, most: int | None) -> Outcome:
        state, main = self.state, self.accelerator.is_main_process
        if main:
            state.snapshots.clear()
        state.restore()
        self.record.cut(state.step)
        last = self.deal.steps if most is None else min(self.deal.steps, state.step + most)
        device = str(self.accelerator.device)
        precision = self.accelerator.mixed_precision
        self.watcher.started(Start(self.deal, self.weights, device, precision, state.step))
        try:
            self._steps(last)
        finally:
            # Else the reading processes live until the garbage collector comes by.
            state.loader.close()
        keep_detector(self.accelerator, state.model, self.material, self.out)
        outcome = Outcome(state.step, self.deal.steps, self.loss, self.figures)
        self.record.draw()
        if main and outcome.finished:
            outcome.write(self.out)
        self.accelerator.wait_for_everyone()
        self.accelerator.end_training()
        return outcome

    def _steps(self, last: int) -> None:
        state, watching = self.state, self.recipe.watching
        state.model.train()
        feed = Feed(state.loader)
        began, waited, pictures = time.perf_counter(), 0.0, 0
        while state.step < last:
            norm = self._step(feed)
            state.step += 1
            pictures += self.deal.pictures
            pace = None
            ends = state.step == self.deal.steps
            if state.step % watching.log_every == 0 or ends:
                self._point(norm)
                seconds = time.perf_counter() - began
                pace = Pace(pictures / seconds, (feed.waited - waited) / seconds)
                self.record.pace(state.step, pace)
            self.watcher.stepped(state.step, self.loss if pace else None, pace)
            looked = self._look(ends)
            saved = state.step % watching.checkpoint_every == 0 or state.step == last
            if saved:
                self.record.sync()
                state.save()
            if pace or looked or saved:
                began, waited, pictures = time.perf_counter(), feed.waited, 0

    def _step(self, feed: Feed) -> Any:
        """One step of the optimiser; the norm of its gradient, before it was clipped."""
        state, accelerator, norm = self.state, self.accelerator, None
        for _ in range(self.deal.turns):
            batch = {
                name: value.to(accelerator.device, non_blocking=True)
                for name, value in feed.take().items()
            }
            with accelerator.accumulate(state.model):
                found = state.model(**batch)
                accelerator.backward(found.loss)
                state.tally.add(found.loss, found.losses)
                if accelerator.sync_gradients:
                    norm = accelerator.clip_grad_norm_(
                        state.model.parameters(), self.recipe.optimisation.clip
                    )
                state.optimiser.step()
                state.optimiser.zero_grad()
        if not accelerator.optimizer_step_was_skipped:
            state.schedule.step()
        return norm

    def _point(self, norm: Any) -> None:
        state = self.state
        moved = state.optimiser.param_groups[0]
        # Of weights that no factor of the recipe's speeds or slows.
        rate = self.recipe.optimisation.learning_rate * moved["lr"] / moved["initial_lr"]
        means = state.tally.means(self.accelerator)
        gradient = None if norm is None else float(norm)
        self.record.point(state.step, self.deal.epoch_after(state.step), means, gradient, rate)
        self.loss = means["loss"]

    def _look(self, ends: bool) -> bool:
        """Measure on the validation set, if it is time to; whether it was."""
        step = self.state.step
        if step % self.recipe.watching.validate_every and not ends:
            return False
        found = look(self.state.model, self.material, self.recipe, self.accelerator)
        if found is None:
            return False
        self.figures = found
        self.record.look(step, found)
        self.watcher.measured(step, found)
        return True
