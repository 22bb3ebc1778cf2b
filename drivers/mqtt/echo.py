"""Does what is published at a broker come back to one who subscribes there?"""

import asyncio

import aiomqtt

from drivers.mqtt.connection import connect
from drivers.mqtt.errors import MqttError
from drivers.mqtt.options import MqttOptions

ECHO_WITHIN_S = 5.0
"""A broker in the same building passes a message on within milliseconds."""


async def mqtt_echo(
    options: MqttOptions, topic: str, text: str, *, within_s: float = ECHO_WITHIN_S
) -> None:
    """Publish ``text`` at a topic and wait until it is heard there.

    Subscribes under a client id of its own, as ``mqtt_probe`` does. Nothing is retained.

    Raises:
        MqttRefusedError: the broker refuses this client.
        MqttError: the broker cannot be reached, or the text did not come back in time.
    """
    try:
        async with (
            connect(options, client_id=f"{options.client_id}-echo") as client,
            asyncio.timeout(within_s),
        ):
            await client.subscribe(topic, qos=1)
            await client.publish(topic, text.encode(), qos=1)
            async for message in client.messages:
                if message.payload == text.encode():
                    return
    except TimeoutError:
        raise MqttError(
            f"{options.address} did not give back what was published at {topic!r} within "
            f"{within_s:g} s: check that this client may publish and subscribe there"
        ) from None
    except aiomqtt.MqttError as error:
        raise MqttError(f"{options.address}: {error}") from error
