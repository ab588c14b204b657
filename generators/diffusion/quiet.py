"""Runs diffusers without a trace: global random state and log levels are put back afterwards."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def undisturbed(seed: int, device: str) -> Iterator[None]:
    """Torch's random state is `seed`'s inside, and what it was before outside; nothing is logged.

    Every pipeline is given generators; the seed is for one that draws without asking them. What
    the libraries log and warn of (clipped prompts, their own deprecated calls) is for the notes,
    or for nobody.
    """
    import torch
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    # Asking other cards for their state would make room for it on each of them.
    devices = [torch.device(device)] if device.startswith("cuda") else []
    with ExitStack() as before:
        for logging in (of_diffusers, of_transformers):
            before.callback(logging.set_verbosity, logging.get_verbosity())
            logging.set_verbosity_error()
            if logging.is_progress_bar_enabled():
                before.callback(logging.enable_progress_bar)
            logging.disable_progress_bar()
        before.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        before.enter_context(torch.random.fork_rng(devices))
        torch.manual_seed(seed)
        yield
