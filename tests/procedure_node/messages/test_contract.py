"""The committed documents are those of the code, and hold for every message and event."""

import argparse
import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from dosimetry_core.values import GenerationMode
from procedure_node.cli.schemas import register
from procedure_node.messages import NodePresence, documents, heartbeat
from procedure_node.messages.schemas import as_text

CONFIG = Path(__file__).parents[3] / "config"
DOCUMENTS = documents()
ASYNCAPI = json.loads((CONFIG / "asyncapi.json").read_text())


def pointed_at(reference):
    """What a reference within the AsyncAPI document points at."""
    found = ASYNCAPI
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
    return found


def channel_of(topic):
    """The one channel of the AsyncAPI document whose address a topic matches."""
    matching = []
    for name, channel in ASYNCAPI["channels"].items():
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(channel["address"]))
        if match := re.fullmatch(pattern, topic):
            assert set(match.groupdict()) == set(channel["parameters"])
            matching.append(name)
    assert len(matching) == 1, f"{topic} matches {matching}"
    return matching[0]


@cache
def validator_of(channel_name):
    (reference,) = ASYNCAPI["channels"][channel_name]["messages"].values()
    path = pointed_at(reference["$ref"])["payload"]["schema"]["$ref"]
    schema = json.loads((CONFIG / path).read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def operation_of(channel_name):
    (operation,) = (
        o
        for o in ASYNCAPI["operations"].values()
        if o["channel"]["$ref"] == f"#/channels/{channel_name}"
    )
    return operation


def every_message(story):
    for step in story:
        yield from step.messages
        yield from heartbeat(step.after, step.event.time.utc, step.seq, GenerationMode.TEST)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_committed_document_is_current(name):
    """If this fails: procedure-node schemas --out config."""
    assert (CONFIG / name).read_text() == as_text(DOCUMENTS[name])


def test_no_document_is_left_over():
    committed = {str(p.relative_to(CONFIG)) for p in (CONFIG / "schemas").rglob("*.json")}
    assert committed == set(DOCUMENTS) - {"asyncapi.json"}


def test_every_message_is_on_a_channel_and_as_its_schema_says(story):
    channels_seen = set()
    for message in every_message(story):
        channel = channel_of(message.topic)
        channels_seen.add(channel)
        binding = operation_of(channel)["bindings"]["mqtt"]
        assert message.qos == binding["qos"]
        assert message.retain == binding["retain"]
        if message.body:
            validator_of(channel).validate(message.body)
            validator_of(channel).validate({**message.body, "historical": True})
            assert message.expires_after_s == binding.get("messageExpiryInterval")
    assert channels_seen == set(ASYNCAPI["channels"]) - {"status"}


@pytest.mark.parametrize("state", ["online", "offline"])
def test_birth_and_death_are_as_their_schema_says(state):
    presence = NodePresence("CT 1", 3, GenerationMode.DEMO, "0.1.0")
    body = presence.body(state, 2, datetime(2026, 3, 4, tzinfo=UTC))
    assert channel_of(presence.topic) == "status"
    validator_of("status").validate(body)
    assert (body["state"], body["session"], body["connection"]) == (state, 3, 2)


def test_the_schemas_refuse_what_is_not_in_the_contract(story):
    """A key more, a key less, a time that is none: each is an error."""
    checked = set()
    for message in every_message(story):
        name = channel_of(message.topic)
        if not message.body or name in checked:
            continue
        checked.add(name)
        validator = validator_of(name)
        for key in message.body:
            fewer = {k: v for k, v in message.body.items() if k != key}
            assert not validator.is_valid(fewer), f"{name} without {key}"
        assert not validator.is_valid({**message.body, "patient_name": "x"})
        assert not validator.is_valid({**message.body, "time_utc": 12})
        assert not validator.is_valid({**message.body, "mode": "SIMULATED"})


def test_every_event_is_as_its_schema_says(story):
    folder = CONFIG / "schemas" / "events"
    registry = Registry().with_resources(
        (path.name, Resource.from_contents(json.loads(path.read_text())))
        for path in folder.glob("*.json")
    )
    envelope = Draft202012Validator(
        json.loads((folder / "envelope.json").read_text()), registry=registry
    )
    for step in story:
        payload = step.event.payload
        schema = json.loads((folder / f"{payload.kind}.v{payload.version}.json").read_text())
        body = step.event.model_dump(mode="json")
        Draft202012Validator(schema).validate(body["payload"])
        envelope.validate(body)
        assert not envelope.is_valid({**body, "payload": {**body["payload"], "version": 99}})


def test_the_asyncapi_document_refers_only_to_what_is_there():
    text = (CONFIG / "asyncapi.json").read_text()
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', text)):
        if reference.startswith("#/"):
            assert pointed_at(reference)
        else:
            assert (CONFIG / reference).is_file()
    assert ASYNCAPI["asyncapi"] == "3.0.0"
    assert len(ASYNCAPI["operations"]) == len(ASYNCAPI["channels"])


def test_the_command_writes_the_documents(tmp_path, capsys):
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    args = parser.parse_args(["schemas", "--out", str(tmp_path / "new")])
    assert args.run(args) == 0
    assert (tmp_path / "new" / "asyncapi.json").read_text() == (
        CONFIG / "asyncapi.json"
    ).read_text()
    assert str(len(DOCUMENTS)) in capsys.readouterr().out


def test_the_command_says_where_it_cannot_write(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    args = parser.parse_args(["schemas", "--out", str(tmp_path / "file")])
    assert args.run(args) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err
