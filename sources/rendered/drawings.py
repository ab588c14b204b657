"""Marks on paper that are not text: logos of simple shapes, signatures, bar codes, silhouettes."""

from __future__ import annotations

import math

import numpy as np

from sources.rendered.fonts import Colour
from sources.rendered.page import Page


def logo(page: Page, x: float, y: float, size: float, colour: Colour, seed: int) -> None:
    """An invented mark in a square of `size` units with its upper left corner at (x, y)."""
    rng = np.random.default_rng(seed)
    kind = int(rng.integers(6))
    tint = lighter(colour, float(rng.uniform(0.35, 0.7)))
    if kind == 0:
        page.box(x, y, size, size, fill=colour, radius=size * 0.2)
        page.box(x + size * 0.3, y + size * 0.3, size * 0.4, size * 0.4, fill=tint, radius=size / 5)
    elif kind == 1:
        page.box(x, y, size, size, fill=colour, radius=size / 2)
        page.box(x + size * 0.22, y + size * 0.44, size * 0.56, size * 0.12, fill=page.paper)
    elif kind == 2:
        for index in range(3):
            inset = size * 0.17 * index
            page.box(x + inset, y + inset, size - 2 * inset, size - 2 * inset,
                     fill=(colour, page.paper, tint)[index], radius=size / 2)  # fmt: skip
    elif kind == 3:
        page.polygon([(x + size / 2, y), (x + size, y + size), (x, y + size)], colour)
        page.polygon([(x + size / 2, y + size * 0.4), (x + size * 0.78, y + size),
                      (x + size * 0.22, y + size)], tint)  # fmt: skip
    elif kind == 4:
        sides = int(rng.integers(5, 9))
        turn = float(rng.random()) * math.tau
        page.polygon([(x + size / 2 * (1 + math.cos(turn + math.tau * side / sides)),
                       y + size / 2 * (1 + math.sin(turn + math.tau * side / sides)))
                      for side in range(sides)], colour)  # fmt: skip
    else:
        for index in range(4):
            height = size * float(rng.uniform(0.3, 1.0))
            page.box(x + index * size * 0.26, y + size - height, size * 0.18, height,
                     fill=(colour, tint)[index % 2])  # fmt: skip


def signature(page: Page, x: float, y: float, width: float, rng: np.random.Generator) -> None:
    """A pen stroke that looks like a hurried signature, its baseline at `y`."""
    colour = ((25, 30, 90), (20, 20, 28), (30, 60, 140))[int(rng.integers(3))]
    steps = np.linspace(0.0, 1.0, 90)
    loops = rng.uniform(3.5, 7.0)
    fade = np.exp(-2.2 * steps) + 0.2
    height = min(11.0, width * rng.uniform(0.1, 0.15))
    swing = np.sin(math.tau * loops * steps + rng.uniform(0, 6)) * fade
    wobble = 0.4 * np.sin(math.tau * loops * rng.uniform(1.6, 2.4) * steps) * fade
    across = steps**1.15 * width + np.cos(math.tau * loops * steps) * width * rng.uniform(
        0.02, 0.07
    )
    points = [
        (x + float(dx), y - float(dy) - 0.4 * float(height))
        for dx, dy in zip(across, height * (swing + wobble), strict=True)
    ]
    page.curve(points, colour, float(rng.uniform(0.8, 1.5)))
    if rng.random() < 0.5:
        page.curve([(x, y + 3), (x + width * 0.9, y + float(rng.uniform(-3, 4)))], colour, 0.9)


def bar_code(
    page: Page, x: float, y: float, width: float, height: float, rng: np.random.Generator
) -> None:
    """Bars that spell nothing."""
    position = x
    while position < x + width:
        thickness = float(rng.choice((0.8, 1.2, 1.8, 2.4)))
        page.box(position, y, thickness, height, fill=(15, 15, 15))
        position += thickness + float(rng.choice((1.0, 1.6, 2.4)))


def square_code(page: Page, x: float, y: float, size: float, rng: np.random.Generator) -> None:
    """A two-dimensional code that spells nothing."""
    cells = 17
    pitch = size / cells
    dark = rng.random((cells, cells)) < 0.5
    for row, column in ((0, 0), (0, cells - 5), (cells - 5, 0)):
        dark[row : row + 5, column : column + 5] = True
        dark[row + 1 : row + 4, column + 1 : column + 4] = False
        dark[row + 2, column + 2] = True
    for row, column in np.argwhere(dark):
        page.box(x + column * pitch, y + row * pitch, pitch, pitch, fill=(15, 15, 15))


def silhouette(
    page: Page, x: float, y: float, width: float, height: float, rng: np.random.Generator
) -> None:
    """A placeholder where a portrait would be: head and shoulders without a face."""
    base = int(rng.integers(170, 225))
    ground = (base, base + int(rng.integers(-8, 9)), min(255, base + int(rng.integers(0, 20))))
    shade = int(rng.integers(70, 130))
    figure = (shade, shade + int(rng.integers(-6, 7)), shade + int(rng.integers(0, 16)))
    page.box(x, y, width, height, fill=ground)
    middle = x + width * float(rng.uniform(0.47, 0.53))
    head = width * float(rng.uniform(0.2, 0.25))
    top = y + height * float(rng.uniform(0.14, 0.2))
    neck = top + 2.1 * head
    shoulders = width * float(rng.uniform(0.36, 0.44))
    page.box(middle - head * 0.45, neck, head * 0.9, height * 0.16, fill=figure)
    page.box(middle - head, top, 2 * head, 2.55 * head, fill=figure, radius=head)
    bend = np.linspace(0.0, math.pi, 24)
    bottom = y + height
    rise = bottom - neck - height * 0.06
    page.polygon(
        [(middle - shoulders * math.cos(a), bottom - rise * math.sin(a) ** 0.7) for a in bend],
        figure,
    )
    page.box(x, y, width, height, edge=(110, 110, 115), thickness=0.75)


def waves(page: Page, top: float, bottom: float, colour: Colour, rng: np.random.Generator) -> None:
    """Fine pale waves across the sheet, as security paper has them."""
    steps = np.linspace(0, page.width, 60)
    length, phase = float(rng.uniform(60, 160)), float(rng.uniform(0, 6))
    swing = float(rng.uniform(4, 10))
    for y in np.arange(top, bottom, float(rng.uniform(5, 9))):
        line = y + swing * np.sin(steps / length * math.tau + phase + y * 0.02)
        page.curve([(float(a), float(b)) for a, b in zip(steps, line, strict=True)], colour, 0.5)


def lighter(colour: Colour, share: float) -> Colour:
    """`colour` with `share` (0..1) of the way to white."""
    red, green, blue = (round(value + (255 - value) * share) for value in colour)
    return red, green, blue
