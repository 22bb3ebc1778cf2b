"""What is published at a real Mosquitto comes back, or it is told why not."""

from dataclasses import replace

import pytest

from drivers.mqtt import MqttError, mqtt_echo


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_broker_gives_back_what_is_published(options, protocol):
    await mqtt_echo(replace(options, protocol=protocol), "echo/CT1", "a1b2")


async def test_a_broker_that_lets_nobody_listen_is_told(new_broker, options, tmp_path):
    rules = tmp_path / "acl"
    rules.write_text("topic write echo/#\n")
    rules.chmod(0o644)
    broker = await new_broker("allow_anonymous true", f"acl_file {rules}")
    with pytest.raises(MqttError, match="did not give back what was published at 'echo/CT1'"):
        await mqtt_echo(replace(options, port=broker.port), "echo/CT1", "a1b2", within_s=0.5)
