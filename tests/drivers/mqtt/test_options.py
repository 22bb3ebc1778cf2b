import pytest

from drivers.mqtt import MqttOptions, TlsOptions

GOOD = {"host": "broker", "port": 1883, "client_id": "node"}


def test_the_password_is_never_shown():
    assert "secret" not in repr(MqttOptions(**GOOD, username="node", password="secret"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"host": ""}, "host"),
        ({"client_id": ""}, "client_id"),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"keepalive_s": 0}, "keepalive_s"),
        ({"password": "secret"}, "username"),
    ],
)
def test_an_option_out_of_range_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        MqttOptions(**{**GOOD, **change})


def test_the_address_tells_tls_from_plain():
    assert MqttOptions(**GOOD).address == "mqtt://broker:1883"
    assert MqttOptions(**GOOD, tls=TlsOptions()).address == "mqtts://broker:1883"
