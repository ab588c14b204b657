"""`python -m training.pocket STEP`: trains and exports the pocket checkpoint, step by step."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from training.pocket import denoiser as denoising
from training.pocket.architecture import Architecture, build_autoencoder
from training.pocket.autoencoder import train_autoencoder
from training.pocket.export import export as write_pipeline
from training.pocket.latents import Latents, encode_crops
from training.pocket.libraries import Model, diffusers
from training.pocket.measure import reconstructions
from training.pocket.photographs import gather
from training.pocket.phrases import Looks
from training.pocket.session import Session, choose_device
from training.pocket.sheets import write_sheets

app = typer.Typer(add_completion=False, help=__doc__)
SIZES = Architecture()
DOCUMENTS = 60
SEED = 0

Photographs = Annotated[
    Path | None, typer.Option(help="Folder with photographs and their manifest.jsonl.")
]
Work = Annotated[Path, typer.Option(help="Folder of what the steps hand to one another.")]
Minutes = Annotated[float, typer.Option(help="Budget, counted over all starts of the step.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Threads = Annotated[int, typer.Option(help="CPU threads. On a busy machine use one.")]


@app.command()
def autoencoder(
    work: Work,
    photographs: Photographs = None,
    minutes: Minutes = 35.0,
    device: Device = "auto",
    threads: Threads = 2,
) -> None:
    """Step 1: train the autoencoder."""
    chosen = _prepare(device, threads)
    session = Session(work / "autoencoder.pt", minutes)
    pictures = gather(photographs, DOCUMENTS, SEED)
    print(f"{len(pictures)} pictures", flush=True)
    train_autoencoder(pictures, SIZES, session, chosen, batch=_batch(chosen))


@app.command()
def latents(
    work: Work,
    photographs: Photographs = None,
    crops: Annotated[int, typer.Option(help="How many crops to encode.")] = 3000,
    device: Device = "auto",
    threads: Threads = 2,
) -> None:
    """Step 2: encode crops with the autoencoder, and standardise its latents."""
    chosen = _prepare(device, threads)
    model = build_autoencoder(SIZES)
    saved = torch.load(work / "autoencoder.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(saved["average"]["weights"], strict=False)
    made = encode_crops(model, gather(photographs, DOCUMENTS, SEED), chosen, crops)
    looks = [(one.kind, one.brightness, one.texture, one.colour) for one in made.looks]
    weights = {name: value.cpu() for name, value in model.state_dict().items()}
    torch.save({"values": made.values, "looks": looks, "autoencoder": weights}, work / "latents.pt")


@app.command()
def decoder(
    work: Work,
    photographs: Photographs = None,
    minutes: Minutes = 12.0,
    device: Device = "auto",
    threads: Threads = 2,
) -> None:
    """Step 3, beside or before the next: let the decoder learn on while the latents stay."""
    chosen = _prepare(device, threads)
    session = Session(work / "decoder.pt", minutes)
    settled = torch.load(work / "latents.pt", map_location="cpu", weights_only=True)["autoencoder"]
    pictures = gather(photographs, DOCUMENTS, SEED)
    train_autoencoder(
        pictures, SIZES, session, chosen, batch=_batch(chosen), seed=3, settled=settled
    )


@app.command()
def denoiser(
    work: Work, minutes: Minutes = 35.0, device: Device = "auto", threads: Threads = 2
) -> None:
    """Step 4: train the denoiser and the text encoder on the latents."""
    chosen = _prepare(device, threads)
    saved = torch.load(work / "latents.pt", map_location="cpu", weights_only=True)
    made = Latents(saved["values"], tuple(Looks(*one) for one in saved["looks"]))
    session = Session(work / "denoiser.pt", minutes)
    denoising.train_denoiser(made, SIZES, session, chosen, batch=_batch(chosen))


@app.command()
def export(work: Work, out: Annotated[Path, typer.Option(help="Folder to write.")]) -> None:
    """Step 5: write the pipeline in diffusers' format."""
    parts = denoising.untrained(SIZES)
    saved = torch.load(work / "denoiser.pt", map_location="cpu", weights_only=True)
    together = torch.nn.ModuleDict({"unet": parts.unet, "text_encoder": parts.text_encoder})
    together.load_state_dict(saved["average"]["weights"], strict=False)
    print(f"{write_pipeline(_best_autoencoder(work), parts, out)} bytes in {out}")


@app.command()
def measure(
    folder: Annotated[Path, typer.Option(help="The exported pipeline.")],
    out: Annotated[Path, typer.Option(help="Folder for the sheets of pictures.")],
    photographs: Photographs = None,
    threads: Threads = 2,
) -> None:
    """Step 6: figures on photographs that were held out, and sheets of pictures to look at."""
    _prepare("cpu", threads)
    pictures = gather(photographs, DOCUMENTS, SEED)
    results = reconstructions(
        diffusers.AutoencoderKL.from_pretrained(folder / "vae").float(), pictures
    )
    for result in results:
        print(f"{result.name}: {result.psnr:.2f} dB, SSIM {result.ssim:.3f}")
    mean = np.mean([result.psnr for result in results])
    print(f"mean of {len(results)}: {mean:.2f} dB")
    start = time.monotonic()
    write_sheets(folder, pictures, out)
    print(f"sheets in {time.monotonic() - start:.0f} s")


@app.callback()
def _steps() -> None:
    """Trains and exports the pocket checkpoint, step by step."""


def _prepare(device: str, threads: int) -> torch.device:
    torch.set_num_threads(threads)
    return choose_device(device)


def _batch(device: torch.device) -> int:
    return 64 if device.type == "cuda" else 8


def _best_autoencoder(work: Path) -> Model:
    model = build_autoencoder(SIZES)
    saved = torch.load(work / "latents.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(saved["autoencoder"])
    if (work / "decoder.pt").is_file():
        saved = torch.load(work / "decoder.pt", map_location="cpu", weights_only=True)
        model.load_state_dict(saved["average"]["weights"], strict=False)
    return model.eval()


if __name__ == "__main__":
    app()
