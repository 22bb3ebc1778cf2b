"""The least that could carry a serial line to MQTT: no check, no journal, no state.

Run as ``python -m benchmarks.plain_bridge PORT BROKER_PORT TOPIC``: every line of the serial port
is published as it is, with QoS 1. It is what the node's latency is compared with.
"""

import sys

import paho.mqtt.client as mqtt
import serial
from paho.mqtt.enums import CallbackAPIVersion


def main() -> None:
    """Carry lines until killed."""
    path, broker_port, topic = sys.argv[1:]
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", int(broker_port))
    client.loop_start()
    with serial.Serial(path, timeout=None) as port:
        while True:
            client.publish(topic, b'{"line": "%b"}' % port.readline().strip(), qos=1)


if __name__ == "__main__":
    main()
