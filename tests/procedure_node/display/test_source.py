import asyncio

from procedure_node.state import NodeState
from tests.procedure_node.display.latest_state import LatestState


async def test_a_reader_gets_the_newest_state_first_and_then_each_change():
    source = LatestState(NodeState(session=1))
    changes = source.changes()
    assert (await anext(changes)).session == 1
    await source.publish(NodeState(session=2))
    assert (await anext(changes)).session == 2
    assert source.state.session == 2
    await changes.aclose()


async def test_a_slow_reader_skips_to_the_newest():
    source = LatestState(NodeState(session=1))
    changes = source.changes()
    await anext(changes)
    for session in (2, 3, 4):
        await source.publish(NodeState(session=session))
    assert (await anext(changes)).session == 4
    await changes.aclose()


async def test_closing_ends_a_waiting_reader():
    source = LatestState(NodeState())
    changes = source.changes()
    await anext(changes)
    waiting = asyncio.ensure_future(anext(changes, None))
    await source.close()
    assert await asyncio.wait_for(waiting, 1) is None
