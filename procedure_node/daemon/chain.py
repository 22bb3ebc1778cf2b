"""The self-check of the alarm chain: do pages show and sound, does the broker pass on?

What is found is told as links (``wall page``, ``alarm sound``, ``broker echo``), of which the rules
make alarms: an alarm that reaches nobody is one itself.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from dosimetry_core.values import ConnectionState
from drivers.mqtt import MqttError, MqttOptions, mqtt_echo
from procedure_node.core import Core
from procedure_node.daemon.links import tell_link
from procedure_node.display import CONFIRMED_WITHIN_S, PageWatch

PAGE_LINK = "wall page"
SOUND_LINK = "alarm sound"
ECHO_LINK = "broker echo"

LOOK_EVERY_S = 1.0


@asynccontextmanager
async def watching_pages(core: Core, watch: PageWatch, *, expected: bool) -> AsyncGenerator[None]:
    """Tell while the block lasts whether a page is shown and can be heard.

    Args:
        core: is told.
        watch: takes what the pages confirm.
        expected: a page must be shown always; else only its sound is watched while it is.
    """

    async def look_again_and_again() -> None:
        await asyncio.sleep(CONFIRMED_WITHIN_S)
        while True:
            await look_at_pages(core, watch, expected=expected)
            await asyncio.sleep(LOOK_EVERY_S)

    looking = asyncio.create_task(look_again_and_again(), name="page watch")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})
    if not looking.cancelled():
        looking.result()


async def look_at_pages(core: Core, watch: PageWatch, *, expected: bool) -> None:
    """Tell once what is known of the pages now."""
    if expected:
        confirmed = watch.is_confirmed
        await tell_link(
            core,
            PAGE_LINK,
            "PAGE",
            ConnectionState.CONNECTED if confirmed else ConnectionState.DISCONNECTED,
            "it shows what it is told"
            if confirmed
            else f"no page has confirmed for {CONFIRMED_WITHIN_S:g} s that it is shown",
        )
    if watch.sound == "ON":
        await tell_link(core, SOUND_LINK, "SOUND", ConnectionState.CONNECTED, "it is on")
    elif watch.sound == "OFF":
        reason = "the browser holds the sound back"
        await tell_link(core, SOUND_LINK, "SOUND", ConnectionState.DISCONNECTED, reason)


async def watch_broker(core: Core, options: MqttOptions, room: str, every_s: float) -> None:
    """Tell whether the broker gives back what is published, until cancelled."""
    while True:
        await check_echo(core, options, room)
        await asyncio.sleep(every_s)


async def check_echo(core: Core, options: MqttOptions, room: str) -> None:
    """Publish once, outside of the topics of the contract, and tell whether it came back."""
    try:
        await mqtt_echo(options, f"procedure-node-echo/{room}", secrets.token_hex(8))
    except MqttError as error:
        state, reason = ConnectionState.DISCONNECTED, str(error)
    else:
        state, reason = ConnectionState.CONNECTED, "it gives back what is published"
    await tell_link(core, ECHO_LINK, "ECHO", state, reason)
