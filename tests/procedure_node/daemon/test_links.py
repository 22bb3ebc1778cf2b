"""A change of a link is journalled once, whoever noticed it."""

import asyncio
from pathlib import Path

from dosimetry_core.values import ConnectionState
from procedure_node.core import Core
from procedure_node.daemon.links import tell_link
from procedure_node.daemon.node import _tell_part
from procedure_node.journal import read_entries

UP, DOWN = ConnectionState.CONNECTED, ConnectionState.DISCONNECTED


def told(folder: Path) -> list[tuple[str, str, str]]:
    payloads = [entry.event.payload for entry in read_entries(folder / "journal.sqlite")]
    return [(p.link, p.state, p.reason) for p in payloads if p.kind == "link-changed"]


async def test_the_first_state_of_a_link_is_told(core: Core, tmp_path: Path) -> None:
    await tell_link(core, "pacs", "PACS", DOWN, "connection refused")
    assert told(tmp_path) == [("pacs", "DISCONNECTED", "connection refused")]
    assert core.state.links["pacs"].role == "PACS"


async def test_each_change_is_told_once(core: Core, tmp_path: Path) -> None:
    for state, reason in ((UP, "a"), (UP, "b"), (DOWN, "c"), (DOWN, "d"), (UP, "e")):
        await tell_link(core, "pacs", "PACS", state, reason)
    assert told(tmp_path) == [
        ("pacs", "CONNECTED", "a"),
        ("pacs", "DISCONNECTED", "c"),
        ("pacs", "CONNECTED", "e"),
    ]


async def test_two_who_notice_at_once_tell_it_once(core: Core, tmp_path: Path) -> None:
    await asyncio.gather(
        tell_link(core, "pacs", "PACS", DOWN, "no answer to C-ECHO"),
        tell_link(core, "pacs", "PACS", DOWN, "no answer to C-FIND"),
    )
    assert told(tmp_path) == [("pacs", "DISCONNECTED", "no answer to C-ECHO")]


async def test_links_do_not_hide_each_other(core: Core, tmp_path: Path) -> None:
    await tell_link(core, "pacs", "PACS", UP, "")
    await tell_link(core, "edc", "EDC", UP, "")
    assert [link for link, _, _ in told(tmp_path)] == ["pacs", "edc"]


async def test_a_part_that_works_again_does_not_say_that_its_peer_is_there(
    core: Core, tmp_path: Path
) -> None:
    tell_link(core, "edc", "EDC", DOWN, "connection refused")
    _tell_part(core, "edc", DOWN, "RuntimeError: a bug")
    _tell_part(core, "edc", UP, "it works again")
    await tell_link(core, "edc", "EDC", DOWN, "connection refused")
    assert (core.state.links["edc"].state, core.state.links["edc"].role) == (DOWN, "EDC")
    part = core.state.links["part edc"]
    assert (part.state, part.role, part.reason) == (UP, "SERVICE", "it works again")
    assert len(told(tmp_path)) == 3
