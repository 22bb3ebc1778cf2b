import json
from datetime import UTC, datetime, timedelta

import pytest

from dosimetry_core.values import GenerationMode
from drivers.mqtt import QueuedMessage
from drivers.mqtt.encoding import (
    LATE_STATE_KEPT_S,
    encode_body,
    is_retained,
    payload_of,
    properties_of,
)

UP = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


def message(queued_s, **changes):
    values = {
        "id": 1,
        "topic": "a",
        "body": {"text": "\u00e9"},
        "retain": True,
        "qos": 1,
        "queued_at": UP + timedelta(seconds=queued_s),
        "expires_after_s": 30,
        "mode": GenerationMode.REAL,
    }
    return QueuedMessage(**{**values, **changes})


def expiry_s(sent, age_s=0.0):
    properties = properties_of(sent, UP, sent.queued_at + timedelta(seconds=age_s))
    return getattr(properties, "MessageExpiryInterval", None)


@pytest.mark.parametrize(("queued_s", "historical"), [(-0.001, True), (0.0, False), (5.0, False)])
def test_history_is_what_was_queued_before_the_connection(queued_s, historical):
    body = json.loads(payload_of(message(queued_s), UP))
    assert body == {"text": "\u00e9", "historical": historical}


def test_the_payload_is_utf8_and_compact():
    assert payload_of(message(1), UP) == '{"text":"\u00e9","historical":false}'.encode()


def test_a_body_that_says_historical_itself_is_overruled():
    body = json.loads(payload_of(message(1, body={"historical": True}), UP))
    assert body == {"historical": False}


def test_an_empty_body_is_an_empty_payload():
    forget = message(-1, body={}, expires_after_s=None)
    assert payload_of(forget, UP) == b""
    assert is_retained(forget, UP)
    assert not hasattr(properties_of(forget, UP, UP), "ContentType")


def test_a_number_that_json_lacks_is_an_error():
    with pytest.raises(ValueError, match="JSON"):
        encode_body({"dose_gy": float("nan")})


def test_what_is_left_of_the_expiry_goes_with_the_message():
    assert expiry_s(message(1)) == 30
    assert expiry_s(message(1), age_s=12.0) == 18
    assert expiry_s(message(1), age_s=100.0) == 1


def test_an_event_does_not_expire():
    assert expiry_s(message(1, expires_after_s=None, retain=False)) is None


def test_late_state_is_kept_if_it_is_the_newest_and_history_has_no_expiry():
    newest, older = message(-100), message(-100, superseded=True)
    assert is_retained(newest, UP)
    assert expiry_s(newest, age_s=100.0) == LATE_STATE_KEPT_S
    assert not is_retained(older, UP)
    assert expiry_s(older, age_s=100.0) is None


def test_live_state_is_kept_even_if_something_newer_waits():
    assert is_retained(message(1, superseded=True), UP)
