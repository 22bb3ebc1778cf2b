"""Does a broker answer, and does it let us in?"""

from drivers.mqtt.connection import connect
from drivers.mqtt.options import MqttOptions


async def mqtt_probe(options: MqttOptions) -> None:
    """Log in to a broker and leave again, publishing nothing.

    It logs in under a client id of its own, since the broker would throw out a running publisher
    for a second client of the same id.

    Raises:
        MqttRefusedError: the broker refuses this client.
        MqttError: the broker cannot be reached or its certificate is not trusted.
    """
    async with connect(options, client_id=f"{options.client_id}-check"):
        pass
