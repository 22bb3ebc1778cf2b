"""REDCap's API methods on a stored project.

Behaviour follows REDCap's API documentation (version 14) and what PyCap and REDCapR expect of it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from simulators.edc.dictionary import EdcProject
from simulators.edc.store import EdcStore, Place
from simulators.edc.validation import REPEAT_INSTANCE, REPEAT_INSTRUMENT, import_error

VERSION = "14.9.1"
"""The REDCap version whose behaviour is simulated."""

Params = Mapping[str, str]
Json = str | int | list["Json"] | dict[str, "Json"]


class ApiError(Exception):
    """An answer with an error status; the text becomes REDCap's ``{"error": text}``."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class EdcApi:
    """The methods of one project."""

    def __init__(self, project: EdcProject, store: EdcStore) -> None:
        self.project = project
        self._store = store
        self._methods: dict[str, Callable[[Params], Json]] = {
            "project": self._project_info,
            "metadata": self._metadata,
            "instrument": self._instruments,
            "exportFieldNames": self._field_names,
            "repeatingFormsEvents": self._repeating_forms,
            "formEventMapping": _not_longitudinal,
            "record": self._export,
        }

    def answer(self, params: Params) -> Json:
        """The answer to a request that only reads.

        Raises:
            ApiError: REDCap would answer with an error.
        """
        content = params.get("content", "")
        if content not in self._methods:
            raise ApiError(400, 'The value of the parameter "content" is not valid')
        if params.get("format", "json") != "json":
            raise ApiError(501, "This simulator speaks the format json only")
        return self._methods[content](params)

    def import_rows(self, params: Params) -> Json:
        """Store the rows of an import request: all of them, or none.

        Raises:
            ApiError: REDCap would refuse the rows.
        """
        rows = _rows(params)
        error = import_error(self.project, rows)
        if error:
            raise ApiError(400, error)
        erase = params.get("overwriteBehavior", "normal") == "overwrite"
        id_field = self.project.record_id_field
        ids = tuple(dict.fromkeys(row[id_field] for row in rows))
        self._store.write(
            (_place(row, id_field), name, value)
            for row in rows
            for name, value in row.items()
            if name not in {REPEAT_INSTRUMENT, REPEAT_INSTANCE} and (value or erase)
        )
        match params.get("returnContent", "count"):
            case "ids":
                return list(ids)
            case "nothing":
                return {}
            case _:
                return {"count": len(ids)}

    def _project_info(self, _params: Params) -> Json:
        codes = self.project.missing_data_codes
        return {
            "project_id": 1,
            "project_title": self.project.title,
            "project_language": "English",
            "purpose": "0",
            "in_production": 0,
            "is_longitudinal": 0,
            "has_repeating_instruments_or_events": int(bool(self.project.repeating)),
            "surveys_enabled": 0,
            "record_autonumbering_enabled": 0,
            "missing_data_codes": " | ".join(f"{code}, {text}" for code, text in codes.items()),
        }

    def _metadata(self, params: Params) -> Json:
        fields, forms = _listed(params, "fields"), _listed(params, "forms")
        return [
            dict(row)
            for row in self.project.metadata
            if not (fields or forms) or row["field_name"] in fields or row["form_name"] in forms
        ]

    def _instruments(self, _params: Params) -> Json:
        return [
            {"instrument_name": form, "instrument_label": form.replace("_", " ").title()}
            for form in self.project.forms
        ]

    def _field_names(self, _params: Params) -> Json:
        names = (*self.project.fields, *(f"{form}_complete" for form in self.project.forms))
        return [
            {"original_field_name": name, "choice_value": "", "export_field_name": name}
            for name in names
        ]

    def _repeating_forms(self, _params: Params) -> Json:
        if not self.project.repeating:
            raise ApiError(400, "You cannot export repeating instruments for this project")
        return [
            {"form_name": form, "custom_form_label": ""}
            for form in self.project.forms
            if form in self.project.repeating
        ]

    def _export(self, params: Params) -> Json:
        columns = self._columns(_listed(params, "fields"), _listed(params, "forms"))
        held = self._store.read(_listed(params, "records"))
        order = {form: position for position, form in enumerate(("", *self.project.forms))}
        rows: list[Json] = []
        for place in sorted(held, key=lambda place: (place[0], order[place[1]], place[2])):
            row = self._exported(place, held[place], columns)
            if row is not None:
                rows.append(row)
        return rows

    def _columns(self, fields: Sequence[str], forms: Sequence[str]) -> tuple[str, ...]:
        unknown = [form for form in forms if form not in self.project.forms]
        if unknown:
            raise ApiError(
                400,
                f"The following values of the parameter 'forms' are not valid: "
                f"{', '.join(unknown)}",
            )
        of_forms = [
            name
            for form in self.project.forms
            for name in (
                *(field.name for field in self.project.fields.values() if field.form == form),
                f"{form}_complete",
            )
            if not (fields or forms) or form in forms or name in fields
        ]
        known = set(of_forms)
        absent = [name for name in fields if name not in known]
        if absent:
            raise ApiError(
                400,
                f"The following values of the parameter 'fields' are not valid: "
                f"{', '.join(absent)}",
            )
        return tuple(of_forms)

    def _exported(
        self, place: Place, held: Mapping[str, str], columns: Sequence[str]
    ) -> dict[str, Json] | None:
        record, form, instance = place
        id_field = self.project.record_id_field
        if not any(name in held for name in columns if name != id_field or not form):
            return None
        row: dict[str, Json] = {}
        if id_field in columns:
            row[id_field] = record
            if self.project.repeating:
                row[REPEAT_INSTRUMENT] = form
                row[REPEAT_INSTANCE] = instance if form else ""
        for name in columns:
            if name != id_field:
                row[name] = held.get(name, self._blank(name, form))
        return row

    def _blank(self, name: str, form: str) -> str:
        """What an empty field is exported as: a form's status is 0 on rows of that form."""
        of_form = name.removesuffix("_complete")
        on_row = of_form == form if form else of_form not in self.project.repeating
        return "0" if name == f"{of_form}_complete" and on_row else ""


def _not_longitudinal(_params: Params) -> Json:
    raise ApiError(400, "You cannot export form/event mappings for classic projects")


def _rows(params: Params) -> list[dict[str, str]]:
    if params.get("format", "json") != "json" or params.get("type", "flat") != "flat":
        raise ApiError(501, "This simulator imports flat JSON only")
    try:
        decoded: object = json.loads(params["data"])
    except ValueError:
        decoded = None
    if not isinstance(decoded, list) or not decoded:
        raise ApiError(400, "The data being imported is not formatted correctly")
    rows: list[dict[str, str]] = []
    for row in cast("list[object]", decoded):
        if not isinstance(row, dict):
            raise ApiError(400, "The data being imported is not formatted correctly")
        named = cast("dict[str, object]", row)
        rows.append({name: "" if v is None else str(v) for name, v in named.items()})
    return rows


def _place(row: Mapping[str, str], id_field: str) -> Place:
    form = row.get(REPEAT_INSTRUMENT, "")
    return row[id_field], form, int(row[REPEAT_INSTANCE]) if form else 1


def _listed(params: Params, name: str) -> tuple[str, ...]:
    """An array parameter: ``name[0]``, ``name[1]``, ... or one text with commas."""
    numbered = {
        int(found.group(1)): value
        for key, value in params.items()
        if (found := re.fullmatch(rf"{name}\[(\d+)\]", key))
    }
    plain = [part.strip() for part in params.get(name, "").split(",") if part.strip()]
    return (*(numbered[n] for n in sorted(numbered)), *plain)
