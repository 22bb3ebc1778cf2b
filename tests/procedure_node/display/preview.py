"""Serve the sample procedure for looking at, or save pictures of it.

    python tests/procedure_node/display/preview.py                  serve on port 8090 until Ctrl-C
    python tests/procedure_node/display/preview.py --out DIR        save screenshots instead
    ... --ct DIR                                                    draw on a CT series of your own

The screenshots are the page as it is, the same at the size of a laptop, too much of everything,
contours that are looked at and in doubt, no procedure, a procedure before its first scan, and DATA
STALE.
"""

import argparse
import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
from playwright.async_api import Browser, async_playwright

from dosimetry_core.values import Volume
from procedure_node.display import create_app, serve
from procedure_node.state import NodeState
from procedure_node.views import ViewShelf
from tests.procedure_node.display import display_sample as sample
from tests.procedure_node.display.latest_state import LatestState
from tests.procedure_node.display.sample.needles import needles_in_place
from tests.procedure_node.display.sample.places import contours_placed
from tests.procedure_node.display.sample.seeds import seeds_in_trouble

WALL, LAPTOP = (1920, 1080), (1366, 768)
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def read_ct(directory: Path) -> Volume:
    """An axial series without tilt."""
    images = sorted(
        (pydicom.dcmread(path) for path in directory.glob("*.dcm")),
        key=lambda image: float(image.ImagePositionPatient[2]),
    )
    first, second = images[0], images[1]
    values = [i.pixel_array * int(i.RescaleSlope) + int(i.RescaleIntercept) for i in images]
    step = float(second.ImagePositionPatient[2]) - float(first.ImagePositionPatient[2])
    affine = np.diag([float(first.PixelSpacing[1]), float(first.PixelSpacing[0]), step, 1.0])
    affine[:3, 3] = [float(value) for value in first.ImagePositionPatient]
    return Volume(np.stack(values).astype(np.int16), affine)


async def shoot(
    browser: Browser, url: str, size: tuple[int, int], path: Path, wait: str, press: str = ""
) -> None:
    page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
    await page.goto(url)
    await page.wait_for_selector(wait)
    await page.wait_for_load_state("load")
    if press:
        await page.click(press)
    await page.wait_for_timeout(900)
    await page.screenshot(path=path)
    await page.close()


async def run(out: Path | None, ct: Path | None) -> None:
    with tempfile.TemporaryDirectory() as work:
        view = Path(work) / "view"
        sample.write_sample_view(view, read_ct(ct) if ct else None)
        await (shots(out, view) if out else hold(view))


async def hold(view: Path) -> None:
    source = LatestState(sample.node_state(datetime.now(UTC), view))
    app = create_app(source, ViewShelf())
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(app, "127.0.0.1", 8090))
        while True:
            await source.publish(sample.node_state(datetime.now(UTC), view))
            await asyncio.sleep(1)


async def shots(out: Path, view: Path) -> None:
    now = datetime.now(UTC)
    full = sample.node_state(now, view)
    in_doubt = contours_placed(full, L1="DOUBTFUL", L2="DOUBTFUL", L3="FAILED")
    no_procedure = full.model_copy(update={"procedure": None})
    bare = full.procedure.model_copy(
        update={
            "scans": {},
            "probes": {},
            "sensors": {},
            "alerts": {},
            "coverage": {},
            "seed_reports": (),
        }
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, state, size, wait in (
            ("wall", full, WALL, ".target"),
            ("laptop", full, LAPTOP, ".target"),
            ("crowded", sample.crowded(full), WALL, ".target"),
            ("seeds", seeds_in_trouble(full), WALL, ".target"),
            ("needles", needles_in_place(full), WALL, ".target"),
            ("contours-checked", contours_placed(full, L1="ACCEPTED"), LAPTOP, ".place-mark"),
            ("contours-in-doubt", in_doubt, WALL, ".place-mark.asks"),
            ("contours-in-doubt-laptop", in_doubt, LAPTOP, ".place-mark.asks"),
            ("no-procedure", no_procedure, WALL, "#idle:not([hidden])"),
            ("before-first-scan", full.model_copy(update={"procedure": bare}), WALL, ".target"),
        ):
            async with running(state) as url:
                await shoot(browser, url, size, out / f"{name}.png", wait)
        async with running(full) as url:
            await shoot(browser, url, WALL, out / "strategy.png", ".target", "#foot .strategy")
        await stale(browser, full, out / "stale.png")
        await browser.close()


def running(state: NodeState) -> "Running":
    return Running(state)


class Running:
    """The display on a free port while the block lasts; the sample's clock stands still."""

    def __init__(self, state: NodeState) -> None:
        self._app = create_app(LatestState(state), ViewShelf(), clock=lambda: state.last_event_at)
        self._ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> str:
        self._task = asyncio.create_task(
            serve(
                self._app,
                "127.0.0.1",
                0,
                on_ready=lambda host, port: self._ready.set_result(f"http://{host}:{port}/"),
            )
        )
        return await self._ready

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait((self._task,))


async def stale(browser: Browser, state: NodeState, path: Path) -> None:
    page = await browser.new_page(viewport={"width": WALL[0], "height": WALL[1]})
    async with running(state) as url:
        await page.goto(url)
        await page.wait_for_selector(".target")
        await page.wait_for_timeout(900)
    await page.wait_for_selector("#stale-band:not([hidden])")
    await page.screenshot(path=path)
    await page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="save screenshots into this folder and end")
    parser.add_argument("--ct", type=Path, help="folder with the images of an axial CT series")
    given = parser.parse_args()
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
    asyncio.run(run(given.out, given.ct))


if __name__ == "__main__":
    main()
