"""Whether a REDCap project is set up for the record, asked before anyone depends on it."""

from drivers.redcap import RedcapClient
from procedure_node.record.dictionary import field_names
from procedure_node.record.fields import MISSING_DATA_CODES
from procedure_node.record.forms import FORMS

_MOST_TOLD = 5


async def project_problems(client: RedcapClient) -> tuple[str, ...]:
    """What keeps the project from taking a record; each says what to do. Empty means ready.

    Raises:
        RedcapError: the project could not be asked.
    """
    problems: list[str] = []
    metadata = await client.metadata()
    absent = sorted(field_names() - {row.get("field_name", "") for row in metadata})
    if absent:
        problems.append(
            f"{len(absent)} fields are not in the project ({_some(absent)}); upload "
            "config/redcap/data_dictionary.csv in its Project Setup"
        )
    if metadata and metadata[0].get("field_name") != "record_id":
        problems.append(
            f"the project's record id field is {metadata[0].get('field_name')!r}; it must be "
            "'record_id'"
        )
    repeating = await client.repeating_forms()
    single = [form.name for form in FORMS if form.repeats and form.name not in repeating]
    if single:
        problems.append(
            f"forms do not repeat ({_some(single)}); make them repeating instruments, as listed "
            "in config/redcap/repeating_forms.csv"
        )
    told = str((await client.project_info()).get("missing_data_codes") or "")
    codes = {code.split(",")[0].strip() for code in told.replace("\n", "|").split("|")}
    lacking = [code for code, _ in MISSING_DATA_CODES if code not in codes]
    if lacking:
        problems.append(
            f"missing data codes are not set ({_some(lacking)}); add them under Project Setup, "
            "Additional customizations, Missing Data Codes"
        )
    return tuple(problems)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else ""
    return ", ".join(names[:_MOST_TOLD]) + more
