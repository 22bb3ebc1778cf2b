"""The broker's settings as the driver wants them."""

from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode
from drivers.mqtt import TlsOptions
from procedure_node.daemon import mqtt_options
from procedure_node.settings import BrokerSettings


def settings(**changes: Any) -> BrokerSettings:
    return BrokerSettings.model_validate({"host": "broker.example", **changes})


def test_a_room_is_one_client_of_the_broker() -> None:
    options = mqtt_options(settings(port=8884, accepts=["REAL", "TEST"]), "CT1", None)
    assert (options.host, options.port, options.client_id) == (
        "broker.example",
        8884,
        "procedure-node-CT1",
    )
    assert options.accepts == {GenerationMode.REAL, GenerationMode.TEST}
    assert (options.tls, options.username, options.password) == (None, None, None)


def test_a_production_broker_takes_real_data_alone() -> None:
    assert mqtt_options(settings(), "CT1", None).accepts == {GenerationMode.REAL}


@pytest.mark.parametrize(("username", "password"), [("node", "secret"), (None, None)])
def test_a_password_goes_with_its_user(username: str | None, password: str | None) -> None:
    options = mqtt_options(settings(username=username), "CT1", "secret")
    assert (options.username, options.password) == (username, password)
    assert "secret" not in repr(options)


def test_files_for_tls_are_handed_on() -> None:
    tls = {"ca_file": "ca.pem", "certificate_file": "node.pem", "key_file": "node.key"}
    assert mqtt_options(settings(tls=tls), "CT1", None).tls == TlsOptions(
        ca_file=Path("ca.pem"), certificate_file=Path("node.pem"), key_file=Path("node.key")
    )


def test_an_empty_table_asks_for_tls_with_the_systems_authorities() -> None:
    assert mqtt_options(settings(tls={}), "CT1", None).tls == TlsOptions()
