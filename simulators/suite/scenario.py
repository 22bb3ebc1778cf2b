"""The demonstration's procedure: what happens, in order, and how it shows that it has happened.

Each step looks at the node's page first and does only what has not happened yet. So the procedure
goes on where it was, whether the node was killed, the whole demonstration was, or nothing was.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.patient import ScanScript, ScriptedSeed, scans, seed_model
from simulators.suite.installation import PROTOCOL
from simulators.suite.node_process import NodeAwayError
from simulators.suite.page import Page
from simulators.suite.room import Room

START_WITHIN_S = 300.0
"""The first start on a machine compiles every kernel."""

STEP_WITHIN_S = 90.0
"""A scan is worked up in seconds; a loaded machine may take far longer."""

FREEZE_S = 18.0
THAW_S = 7.0
"""What the short protocol wants; a little more of the thaw."""

EARLY_ICE_S = 5.0
FULL_ICE_S = 16.0
"""When the ice is as large as the scan shows it, by the probes' clock: nearly 3 and 9 minutes."""

CORE_BEGINS_S = 10.0
"""The core's probes begin so much later than those of L2: their ice is small in that scan."""

UNPLUGGED_S = 6.0
"""Long enough to be seen, and to be noticed as silence."""

L1, L2, L3, CORE, PERIPHERY = "L1", "L2", "L3", "L3/CORE", "L3/PERIPHERY"
TARGETS = (L1, L2, CORE, PERIPHERY)
UNDER_COVERED = f"target-under-covered:{PERIPHERY}"
THERMOMETER_LOST = "device-lost:thermometer-1"
BATCH = "DEMO-BATCH-1"

CRYOPROBE = "IceRod"
"""Kind of all probes: the plan's are 1.47 mm wide."""


@dataclass(slots=True)
class Scenario:
    """Plays the procedure in a room."""

    room: Room

    async def play(self) -> Page:
        """Play what has not happened yet; returns the page at the end.

        When the node is away for a while, the page then tells what it still carried out.

        Raises:
            TimeoutError: something that should have shown did not.
            NodeFailedError: the node refused a command.
        """
        while True:
            try:
                return await self._play()
            except NodeAwayError:
                self._say("The node is away; its operator waits until it is back")

    async def _play(self) -> Page:
        self._say("The node starts; the first time it compiles its kernels, about a minute")
        page = await self._look("the node is up", lambda _: True, START_WITHIN_S)
        script = scans()
        if page.is_closed:
            return await self._record()
        await self._restore_archive(script, page)
        await self._open(page)
        await self._scan(script[0])
        await self._allocate(script)
        await self._seed(script[1], L1)
        await self._seed(script[2], L1)
        await self._finish(L1, "COVERED")
        await self._freeze(
            {1: 0.0, 2: 0.0}, L2, 1, scan=script[3], scan_after_s=EARLY_ICE_S, unplug=True
        )
        both = {1: 0.0, 2: 0.0, 3: CORE_BEGINS_S, 4: CORE_BEGINS_S}
        await self._freeze(both, L2, 2, scan=script[4], scan_after_s=FULL_ICE_S)
        await self._freeze({3: 0.0, 4: 0.0}, CORE, 2, scan=script[5], scan_after_s=FULL_ICE_S)
        await self._finish(L2, "COVERED")
        await self._finish(CORE, "COVERED")
        await self._seed(script[6], PERIPHERY)
        await self._finish(PERIPHERY, None)
        await self._see_alert()
        await self._seed(script[7], PERIPHERY)
        await self._look(
            "the alert is resolved", lambda p: not (p.alert(UNDER_COVERED) or {})["present"]
        )
        self._say("Alert resolved: the margin is covered")
        page = await self._look("seeds and ice are seen together", lambda p: bool(p.combined(L3)))
        self._say(f"  {_together(page)}")
        await self._close()
        return await self._record()

    def _say(self, text: str) -> None:
        self.room.tell(text)

    async def _look(
        self, what: str, wanted: Callable[[Page], bool], within_s: float = STEP_WITHIN_S
    ) -> Page:
        return await self.room.page.wait(wanted, what, within_s)

    async def _now(self) -> Page:
        return await self._look("the page is served", lambda _: True)

    async def _restore_archive(self, script: Iterable[ScanScript], page: Page) -> None:
        """The archive of a resumed demonstration has the scans that were taken before."""
        for scan in script:
            if page.analysed(scan.label):
                await self.room.pacs.add_series(await self.room.acquire(scan))

    async def _open(self, page: Page) -> None:
        if page.procedure is not None:
            self._say("The procedure that was begun goes on")
            return
        await self.room.operator(
            "open",
            subject="DEMO-001",
            study_uid=self.room.patient.study_uid,
            protocol=PROTOCOL,
            arm="STRATEGY",
        )
        self._say("Procedure opened: arm STRATEGY, lesions L1, L2 and the bulky L3")

    async def _scan(self, script: ScanScript, after_s: float = 0.0) -> Page:
        await asyncio.sleep(after_s)
        if not (await self._now()).analysed(script.label):
            self._say(f"CT scan {script.number + 1}: {script.label}")
            await self.room.scan(script)
        return await self._look(
            f"scan {script.number + 1} is worked up", lambda p: p.analysed(script.label)
        )

    async def _allocate(self, script: tuple[ScanScript, ...]) -> None:
        page = await self._look(
            "the protocol's rules propose what each lesion is given",
            lambda p: all((p.choice(key) or {}).get("proposed") for key in TARGETS),
        )
        for key in TARGETS:
            choice = page.choice(key) or {}
            self._say(f"  {key}: {choice['proposed']} proposed by rule {choice['rule']!r}")
            if choice["given"] is None:
                await self.room.operator(
                    "allocate", **_target(key), modality=choice["proposed"], reason="as proposed"
                )
        placed = {probe.number: probe for scan in script for probe in scan.probes}
        for number, probe in sorted(placed.items()):
            row = page.probe(number)
            if row is None or row["target"] is None:
                await self.room.operator(
                    "assign-probe",
                    device="console-1",
                    probe=number,
                    lesion=probe.lesion,
                    zone=probe.zone.value,
                    tip_mm=",".join(f"{value:.1f}" for value in probe.shaft.tip_mm),
                    direction=",".join(f"{value:.4f}" for value in probe.shaft.direction),
                    cryoprobe=CRYOPROBE,
                )
        for channel, organ in enumerate(sorted(_organs(page)), start=1):
            if channel <= self.room.thermometer.settings.thermometers and not _is_assigned(
                page, channel
            ):
                await self.room.operator(
                    "assign-sensor", device="thermometer-1", channel=channel, structure=organ
                )
        self._say("Allocated: L1 to seeds, L2 to cryoablation, L3 core frozen and margin seeded")

    async def _seed(self, script: ScanScript, key: str) -> None:
        """Implant what the scan shows, report it, and take the scan."""
        wanted = [seed for seed in script.seeds if _key(seed) == key]
        missing = len(wanted) - (await self._now()).reported(key)
        if missing > 0:
            self._say(f"{missing} seeds implanted in {key}")
            await self.room.operator(
                "report-seeds",
                **_target(key),
                count=missing,
                batch=BATCH,
                seed_model=seed_model(),
                strength_u=wanted[0].strength_u,
                strength_reference_date=self.room.installation.started.date().isoformat(),
            )
        page = await self._scan(script)
        self._say(f"  {_coverage(page, key)}")

    async def _freeze(
        self,
        probes: Mapping[int, float],
        key: str,
        number: int,
        *,
        scan: ScanScript,
        scan_after_s: float,
        unplug: bool = False,
    ) -> None:
        """Freeze until the target has had its ``number``-th freeze, with a scan of the ice.

        Args:
            probes: numbers, and after how many seconds each begins; one begins at once.
            key: of the target.
            number: of its freeze.
            scan: of the ice.
            scan_after_s: when it is taken. It is worked up beside: no freeze waits for that.
            unplug: the thermometer's cable is pulled out meanwhile.
        """
        while (page := await self._now()).freezes_done(key) < number:
            self._say(f"Freeze {number} of {key}: probes {', '.join(map(str, probes))}")
            for channel in range(1, self.room.thermometer.settings.thermometers + 1):
                self.room.thermometer.device.set_cooling(channel, 6.0)
            beside: list[Coroutine[Any, Any, object]] = [
                *(self._freeze_and_thaw(probe, after_s) for probe, after_s in probes.items()),
                self._scan(scan, after_s=scan_after_s),
            ]
            if unplug and page.alert(THERMOMETER_LOST) is None:
                beside.append(self._unplug())
            await _all_of(beside)
            await self._look(
                "the thaw is over", lambda p: all(_phase(p, probe) == "IDLE" for probe in probes)
            )
        page = await self._scan(scan)
        self._say(f"  {_coverage(page, key)}")

    async def _freeze_and_thaw(self, probe: int, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self.room.console.freeze(probe)
        await asyncio.sleep(FREEZE_S)
        self.room.console.heat(probe)
        await asyncio.sleep(THAW_S)
        self.room.console.off(probe)

    async def _unplug(self) -> None:
        self._say("The thermometer's cable is pulled out")
        self.room.thermometer.begin_fault("unplug", for_s=UNPLUGGED_S)
        await self._look(
            "the lost thermometer is an alert", lambda p: bool(p.alert(THERMOMETER_LOST))
        )
        self._say("  Alert: thermometer-1 is lost, organ temperatures are UNKNOWN")
        await self._look(
            "the thermometer is back", lambda p: p.link("thermometer-1") == "CONNECTED"
        )
        self._say("  The thermometer is back by itself")

    async def _finish(self, key: str, verdict: str | None) -> None:
        card = (await self._now()).target(key)
        if card is not None and not card["finished"]:
            await self.room.operator("finish", **_target(key))
        if verdict is not None:
            await self._look(
                f"{key} is {verdict}", lambda p: (p.target(key) or {}).get("verdict") == verdict
            )

    async def _see_alert(self) -> None:
        page = await self._look(
            "under-coverage is an alert", lambda p: p.alert(UNDER_COVERED) is not None
        )
        alert = page.alert(UNDER_COVERED) or {}
        self._say(f"  Alert ({alert['priority']}): {alert['text']}")
        if alert["present"] and not alert["acknowledged"]:
            await self.room.operator("acknowledge", alert_id=UNDER_COVERED)

    async def _close(self) -> None:
        page = await self._now()
        for deviation in page.strategy("deviations"):
            self._say(f"  Deviation: {deviation['what']}")
            if not deviation["reason"]:
                await self.room.operator(
                    "explain-deviation",
                    deviation=deviation["deviation"],
                    reason="demonstration: no patient, no harm",
                )
        for prompt in page.strategy("prompts"):
            if prompt["grade"] is None:
                await self.room.operator("adverse-event", term=prompt["term"], grade=0)
        await self.room.operator("close", outcome="COMPLETED")
        self._say("Procedure closed; its record goes to the EDC")

    async def _record(self) -> Page:
        return await self._look(
            "the EDC has confirmed the record",
            lambda p: p.procedure is not None and p.procedure["record"]["status"] == "CONFIRMED",
        )


def _target(key: str) -> dict[str, str]:
    lesion, _, zone = key.partition("/")
    return {"lesion": lesion, "zone": zone or "WHOLE"}


def _key(seed: ScriptedSeed) -> str:
    return seed.lesion if seed.zone.value == "WHOLE" else f"{seed.lesion}/{seed.zone.value}"


def _phase(page: Page, number: int) -> str | None:
    row = page.probe(number)
    return row["phase"] if row else None


async def _all_of(beside: Sequence[Coroutine[Any, Any, object]]) -> None:
    """Wait for all of them; the first that fails ends the others."""
    tasks = [asyncio.create_task(one) for one in beside]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _organs(page: Page) -> list[str]:
    return [row["name"] for row in page.rows("organs")]


def _is_assigned(page: Page, channel: int) -> bool:
    organs = set(_organs(page))
    return any(
        row["key"] == f"thermometer-1/{channel}" and row["name"] in organs
        for row in page.rows("sensors")
    )


def _together(page: Page) -> str:
    """What neither dose nor ice reaches of the bulky lesion, by each evidence."""
    bars = [bar for bar in page.combined(L3) if bar["structure"] == L3]
    words = (
        f"{bar['gap_cc']:.2f} cc in neither dose nor "
        + ("imaged ice" if bar["level_c"] is None else f"modelled ice of {bar['level_c']:g} C")
        for bar in bars
    )
    return f"{L3}: {', '.join(words)}"


def _coverage(page: Page, key: str) -> str:
    card = page.target(key)
    if card is None:
        return f"{key}: not known yet"
    facts = ", ".join(
        f"{fact['quantity']} {round(fact['actual'], 1) + 0.0:.1f} {fact['unit']}".strip()
        for fact in card["facts"]
        if fact["actual"] is not None
    )
    reasons = "; ".join(card["unknown_reasons"])
    return f"{key} is {card['verdict']}: {facts or reasons}"
