"""The records as plain pages for people."""

from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import quote

from simulators.edc.dictionary import EdcProject, ProjectField
from simulators.edc.store import EdcStore

_FEW = 6
"""So many rows still stand side by side on a screen."""

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem;
       color: #1c2733; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.note { background: #fff4d6; border-left: 4px solid #b7791f; padding: .5rem .8rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border: 1px solid #d5dce4; padding: .3rem .6rem; text-align: left; vertical-align: top;
         white-space: pre-line; }
th { background: #f2f5f8; font-weight: 600; }
td.notes { min-width: 14rem; max-width: 28rem; }
td.missing { color: #5b6773; font-style: italic; }
td.UNKNOWN { background: #fdecea; color: #8a1c12; font-style: normal; font-weight: 600; }
nav a { margin-right: .8rem; white-space: nowrap; }
"""


def index_page(project: EdcProject, store: EdcStore) -> str:
    """The list of all records."""
    held = store.read()
    lines = [
        f"<tr><td><a href='/records/{quote(record, safe='')}'>{escape(record)}</a></td>"
        f"<td>{sum(1 for place in held if place[0] == record)}</td></tr>"
        for record in store.records()
    ]
    body = (
        "<table><thead><tr><th>Record</th><th>Rows</th></tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
        if lines
        else "<p>No record has arrived yet.</p>"
    )
    return _page(project, "Records", body)


def record_page(project: EdcProject, store: EdcStore, record: str) -> str | None:
    """All forms of one record, or None if there is no such record."""
    held = store.read([record])
    if not held:
        return None
    shown = [
        form
        for form in project.forms
        if any(
            field.name in values for values in held.values() for field in project.fields_of(form)
        )
    ]
    links = "".join(f"<a href='#{escape(form)}'>{escape(_title(form))}</a>" for form in shown)
    parts = ["<p><a href='/'>All records</a></p>", f"<nav>{links}</nav>"]
    for form in shown:
        parts.append(f"<h2 id='{escape(form)}'>{escape(_title(form))}</h2>")
        place = form if form in project.repeating else ""
        named = [(str(key[2]), held[key]) for key in sorted(held) if key[1] == place]
        parts.append((_tall if len(named) <= _FEW else _wide)(project, form, named))
    return _page(project, f"Record {record}", "".join(parts))


def _tall(project: EdcProject, form: str, rows: list[tuple[str, Mapping[str, str]]]) -> str:
    """Fields below each other, rows side by side: for few rows of many fields."""
    lines: list[str] = []
    if form in project.repeating:
        lines.append("<tr><th>#</th>" + "".join(f"<th>{name}</th>" for name, _ in rows) + "</tr>")
    for field in project.fields_of(form):
        if field.section:
            title = escape(field.section)
            lines.append(f"<tr><th colspan='{len(rows) + 1}'>{title}</th></tr>")
        cells = "".join(_cell(project, field, values) for _, values in rows)
        lines.append(f"<tr><td>{escape(field.label)}</td>{cells}</tr>")
    return f"<div class='wide'><table><tbody>{''.join(lines)}</tbody></table></div>"


def _wide(project: EdcProject, form: str, rows: list[tuple[str, Mapping[str, str]]]) -> str:
    """Rows below each other, fields side by side."""
    fields = project.fields_of(form)
    sections = "".join(
        f"<th colspan='{width}'>{escape(title)}</th>" for title, width in _sections(fields)
    )
    labels = "".join(f"<th>{escape(field.label)}</th>" for field in fields)
    lines = [
        f"<tr><th>{name}</th>"
        + "".join(_cell(project, field, values) for field in fields)
        + "</tr>"
        for name, values in rows
    ]
    return (
        f"<div class='wide'><table><thead><tr><th></th>{sections}</tr><tr><th>#</th>{labels}</tr>"
        f"</thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _sections(fields: tuple[ProjectField, ...]) -> Iterator[tuple[str, int]]:
    title, width = "", 0
    for field in fields:
        if field.section and width:
            yield title, width
            width = 0
        title = field.section or title
        width += 1
    yield title, width


def _cell(project: EdcProject, field: ProjectField, values: Mapping[str, str]) -> str:
    value = values.get(field.name, "")
    if value in project.missing_data_codes:
        label = escape(project.missing_data_codes[value])
        return f"<td class='missing {escape(value)}'>{label}</td>"
    kind = " class='notes'" if field.type == "notes" else ""
    return f"<td{kind}>{escape(field.choices.get(value, value))}</td>"


def _title(form: str) -> str:
    return form.replace("_", " ").upper()


def _page(project: EdcProject, heading: str, body: str) -> str:
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(heading)} - {escape(project.title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(project.title)}: {escape(heading)}</h1>"
        "<p class='note'>A simulated EDC for demonstration and tests. No patient data is here.</p>"
        f"{body}</body></html>"
    )
