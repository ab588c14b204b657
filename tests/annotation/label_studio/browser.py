"""What tests do at the pages of a real Label Studio."""

from __future__ import annotations

import shutil
from typing import Any

from annotation.label_studio.server import RunningServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def log_in(page: Any, running: RunningServer) -> None:
    """As the account that the server was started with."""
    page.goto(f"{running.url}/user/login/")
    page.fill("input[name=email]", running.email)
    page.fill("input[name=password]", running.password)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/user/login" not in url)


def assert_picture_with_mask(page: Any, width: int) -> None:
    """A picture `width` pixels wide has loaded, and something is painted over it."""
    page.wait_for_selector(".cf-picture canvas", timeout=60_000)
    page.wait_for_function(
        "() => document.querySelector('.cf-picture img')?.naturalWidth === " + str(width),
        timeout=30_000,
    )
    page.wait_for_function(
        """() => [...document.querySelectorAll('.cf-picture canvas')].some(canvas => {
            if (!canvas.width || !canvas.height) return false;
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const painted = data.filter((value, index) => index % 4 == 3 && value > 0).length;
            return painted > 0.02 * data.length / 4 && painted < 0.5 * data.length / 4;
        })""",
        timeout=30_000,
    )
