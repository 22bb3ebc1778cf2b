"""The contract as documents: JSON Schemas of all messages and events, and the AsyncAPI document."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from procedure_node.events import AnyPayload, Event, Payload
from procedure_node.messages.asyncapi import asyncapi_document, schema_path
from procedure_node.messages.base import Message
from procedure_node.messages.contract import CONTRACT

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ENVELOPE = "schemas/events/envelope.json"


def documents() -> dict[str, dict[str, Any]]:
    """Every document of the contract, keyed by its path under the folder config/."""
    return {
        "asyncapi.json": asyncapi_document(),
        **{schema_path(kind): _schema(kind, "message") for kind in CONTRACT.values()},
        **{_event_path(payload): _schema(payload, "event") for payload in event_types()},
        _ENVELOPE: _envelope(),
    }


def write_documents(folder: Path) -> list[Path]:
    """Write every document under ``folder``; the paths that were written.

    Schemas of older versions, which only a journal still needs, are left alone.
    """
    written: list[Path] = []
    for name, document in documents().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_text(document), encoding="utf-8")
        written.append(path)
    return written


def as_text(document: dict[str, Any]) -> str:
    """A document as it stands in its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def event_types() -> Iterator[type[Payload]]:
    """Every type of event payload."""
    union, _ = get_args(AnyPayload)
    yield from get_args(union)


def _event_path(payload: type[Payload]) -> str:
    return f"schemas/events/{_literal(payload, 'kind')}.v{_literal(payload, 'version')}.json"


def _schema(model: type[Message] | type[Payload], what: str) -> dict[str, Any]:
    kind, version = _literal(model, "kind"), _literal(model, "version")
    return {
        "$schema": _DIALECT,
        "$id": f"urn:procedure-node:{what}:{kind}:{version}",
        **model.model_json_schema(mode="serialization"),
    }


def _literal(model: type[Message] | type[Payload], field: str) -> Any:
    return model.model_fields[field].default


def _envelope() -> dict[str, Any]:
    """The schema of a journalled event, its payload given by the other files of the folder."""
    schema = Event.model_json_schema(mode="serialization")
    schema["properties"]["payload"] = {
        "oneOf": [{"$ref": Path(_event_path(payload)).name} for payload in event_types()]
    }
    needed = ("EventTime", "Originator", "GenerationMode")
    schema["$defs"] = {name: schema["$defs"][name] for name in needed}
    return {"$schema": _DIALECT, **schema}
