import asyncio

from drivers.mqtt.connection import connect


async def test_a_cancellation_is_not_lost_to_an_acknowledgement(options):
    """Both come in the same turn of the event loop: the service must stop all the same."""
    async with connect(options, client_id="cancelled") as client:
        sending = asyncio.create_task(client.send("a", b"{}", qos=1, retain=False))
        acknowledge = client._client.on_publish

        def acknowledge_and_cancel(*arguments):
            acknowledge(*arguments)
            sending.cancel()

        client._client.on_publish = acknowledge_and_cancel
        await asyncio.wait({sending})
        assert sending.cancelled()


async def test_nothing_is_left_running(options):
    async with connect(options, client_id="orderly") as client:
        await client.send("a", b"{}", qos=1, retain=False)
    assert asyncio.all_tasks() == {asyncio.current_task()}
