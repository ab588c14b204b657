"""What a running training consists of, and how all of it is written down and read again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from detector.data.loader import TrainingLoader
from detector.training.snapshots import Snapshots, read_state


@dataclass(slots=True)
class Tally:
    """Sums of the losses since the last point of the curve, on the device, by name."""

    sums: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def add(self, loss: Any, losses: dict[str, Any]) -> None:
        """One more batch."""
        for name, value in {"loss": loss.detach(), **losses}.items():
            self.sums[name] = self.sums.get(name, 0.0) + value.double()
        self.count += 1

    def means(self, accelerator: Any) -> dict[str, float]:
        """The means over all batches of all processes; the sums begin anew."""
        names = list(self.sums)
        together = torch.stack([self.sums[name] for name in names]) / self.count
        shared = accelerator.reduce(together, reduction="mean").tolist()
        self.sums, self.count = {}, 0
        return dict(zip(names, shared, strict=True))


@dataclass(slots=True)
class Training:
    """The network, what moves it, what feeds it, and how far it has come."""

    accelerator: Any
    model: nn.Module
    optimiser: Any
    schedule: Any
    loader: TrainingLoader
    snapshots: Snapshots
    step: int = 0
    tally: Tally = field(default_factory=Tally)

    def prepare(self) -> None:
        """Let accelerate wrap what it wraps and know what belongs to a snapshot."""
        self.accelerator.register_for_checkpointing(self.schedule)
        self.accelerator.register_save_state_pre_hook(_learning_alone)
        self.model, self.optimiser = self.accelerator.prepare(self.model, self.optimiser)

    def save(self) -> None:
        """Write a snapshot of this step, together with all other processes."""
        accelerator, begun = self.accelerator, self.snapshots.begun(self.step)
        accelerator.save_state(str(begun))
        # What is this process's own. Accelerate keeps random states too, but goes on in silence
        # where it cannot read them.
        own = {
            "sums": {name: float(value) for name, value in self.tally.sums.items()},
            "count": self.tally.count,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }
        torch.save(own, begun / f"own-{accelerator.process_index}.pt")
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            self.snapshots.finish(begun, {"step": self.step, "loader": self.loader.state_dict()})
        accelerator.wait_for_everyone()

    def restore(self) -> bool:
        """Stand where the newest whole snapshot stands; False where there is none."""
        whole = self.snapshots.whole()
        if not whole:
            return False
        state = read_state(whole[-1])
        self.loader.load_state_dict(state["loader"])
        # What does not learn is not in it. DeepSpeed keeps a form of its own.
        partly = {} if self.accelerator.deepspeed_plugin is not None else {"strict": False}
        self.accelerator.load_state(str(whole[-1]), **partly)
        own = torch.load(whole[-1] / f"own-{self.accelerator.process_index}.pt", weights_only=True)
        torch.set_rng_state(own["random"])
        if own["random_cuda"]:
            torch.cuda.set_rng_state_all(own["random_cuda"])
        device = self.accelerator.device
        at_hand = {
            name: torch.tensor(value, dtype=torch.float64, device=device)
            for name, value in own["sums"].items()
        }
        self.tally = Tally(at_hand, own["count"])
        self.step = int(state["step"])
        return True


def _learning_alone(models: list[nn.Module], weights: list[dict[str, Any]], folder: str) -> None:
    """Leave what does not learn out of a snapshot: it is there again when the detector is made."""
    del folder
    for model, state in zip(models, weights, strict=False):
        learning = {name for name, weight in model.named_parameters() if weight.requires_grad}
        frozen = {name for name, _ in model.named_parameters()} - learning
        for name in frozen & state.keys():
            del state[name]
