"""A REDCap project over its HTTP API.

Source: REDCap API documentation (version 14), methods "Export Records", "Import Records", "Export
Metadata", "Export Project Info", "Export Repeating Instruments and Events" and "HTTP Status Codes".
"""

import json
import ssl
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Literal, Self, cast
from urllib.parse import urlsplit

import httpx

from drivers.redcap.errors import (
    ImportProblem,
    RedcapMisconfigured,
    RedcapRejected,
    RedcapUnavailable,
    error_text,
    import_problems,
)

Row = Mapping[str, str]
OverwriteBehavior = Literal["normal", "overwrite"]

CONNECT_TIMEOUT_S = 10.0
"""A server that does not take a connection in this time is down or unreachable."""

ANSWER_TIMEOUT_S = 60.0
"""REDCap checks every value of an import in turn: hundreds of rows take it tens of seconds."""

_REFUSED_CONTENT = frozenset({400, 406, 413, 422})
_BUSY = frozenset({408, 425, 429})


class RedcapClient:
    """The API of one REDCap project.

    The token goes into request bodies only: it is in no log, error, address or ``repr``. Redirects
    are not followed, since they could carry it to another host. TLS certificates are verified.

    Args:
        url: address of the API, ends with ``/api/``.
        token: the project's API token.
        ssl_context: whom to trust; the system's authorities unless given.
        allow_plain_http: allow an ``http://`` address; for simulators on the same machine.
        connect_timeout_s: longest wait for a connection, s.
        answer_timeout_s: longest wait for an answer, s.

    Raises:
        RedcapMisconfigured: the address or the token cannot be right.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        ssl_context: ssl.SSLContext | None = None,
        allow_plain_http: bool = False,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        _check_address(url, allow_plain_http=allow_plain_http)
        if not token.strip():
            raise RedcapMisconfigured("the REDCap API token is empty; set the project's token")
        self._url = url
        self._token = token.strip()
        self._http = httpx.AsyncClient(
            verify=ssl_context or ssl.create_default_context(),
            timeout=httpx.Timeout(answer_timeout_s, connect=connect_timeout_s),
            follow_redirects=False,
            trust_env=False,
        )

    def __repr__(self) -> str:
        return f"RedcapClient({self._url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._http.aclose()

    @property
    def url(self) -> str:
        """Address of the API."""
        return self._url

    async def version(self) -> str:
        """REDCap's version, as ``14.9.1``."""
        return (await self._answer({"content": "version"})).strip()

    async def project_info(self) -> dict[str, object]:
        """Title, status and settings of the project, as REDCap names them."""
        info = await self._json({"content": "project"})
        if not isinstance(info, dict):
            raise self._nonsense("project information that is no object")
        return cast("dict[str, object]", info)

    async def metadata(self) -> list[dict[str, str]]:
        """The project's data dictionary, one entry for each field."""
        return self._rows(await self._json({"content": "metadata"}))

    async def repeating_forms(self) -> frozenset[str]:
        """Names of the instruments that repeat; empty in a project without any."""
        try:
            rows = self._rows(await self._json({"content": "repeatingFormsEvents"}))
        except RedcapRejected:
            return frozenset()
        return frozenset(row["form_name"] for row in rows if "form_name" in row)

    async def import_records(
        self, rows: Sequence[Row], *, overwrite: OverwriteBehavior = "normal"
    ) -> tuple[str, ...]:
        """Write rows into the project, all or none of them, and return the ids of their records.

        Args:
            rows: flat rows, each with the record id and, in a repeating form, its instrument and
                instance; writing the same rows again changes nothing.
            overwrite: ``normal`` ignores empty values, ``overwrite`` erases what they name.

        Raises:
            RedcapRejected: REDCap refused a row; nothing was written.
            RedcapUnavailable: no answer; whether anything was written is not known.
            RedcapMisconfigured: token, rights or address are wrong; nothing was written.
        """
        if not rows:
            raise ValueError("there are no rows to import")
        answer = await self._json(
            {
                "content": "record",
                "action": "import",
                "type": "flat",
                "overwriteBehavior": overwrite,
                "forceAutoNumber": "false",
                "dateFormat": "YMD",
                "returnContent": "ids",
                "data": json.dumps([dict(row) for row in rows], separators=(",", ":")),
            }
        )
        if not isinstance(answer, list):
            raise self._nonsense("no list of record ids")
        return tuple(str(record_id) for record_id in cast("list[object]", answer))

    async def export_records(
        self,
        record_ids: Sequence[str],
        forms: Sequence[str] = (),
        *,
        record_id_field: str = "record_id",
    ) -> list[dict[str, str]]:
        """Flat rows of some records with raw values; all forms unless some are named.

        Raises:
            RedcapRejected: a form is not the project's.
            RedcapUnavailable: no answer.
            RedcapMisconfigured: token, rights or address are wrong.
        """
        if not record_ids:
            raise ValueError("name the records to export")
        fields = {"content": "record", "action": "export", "type": "flat", "rawOrLabel": "raw"}
        fields |= {f"records[{n}]": record_id for n, record_id in enumerate(record_ids)}
        if forms:
            # Only the first form holds the record id: REDCap leaves it out unless it is asked for.
            fields["fields[0]"] = record_id_field
            fields |= {f"forms[{n}]": form for n, form in enumerate(forms)}
        return self._rows(await self._json(fields))

    def _rows(self, answer: object) -> list[dict[str, str]]:
        if not isinstance(answer, list):
            raise self._nonsense("no list of rows")
        rows: list[dict[str, str]] = []
        for row in cast("list[object]", answer):
            if not isinstance(row, dict):
                raise self._nonsense("a row that is no object")
            named = cast("dict[str, object]", row)
            rows.append({name: "" if v is None else str(v) for name, v in named.items()})
        return rows

    async def _json(self, fields: Mapping[str, str]) -> object:
        body = await self._answer({**fields, "format": "json"})
        try:
            return cast("object", json.loads(body))
        except ValueError:
            raise self._nonsense("an answer that is not JSON (a maintenance page?)") from None

    async def _answer(self, fields: Mapping[str, str]) -> str:
        form = {**fields, "token": self._token, "returnFormat": "json"}
        try:
            response = await self._http.post(self._url, data=form)
        except httpx.TimeoutException as error:
            raise RedcapUnavailable(
                f"{self._url} did not answer in time ({type(error).__name__})"
            ) from None
        except httpx.RequestError as error:
            raise self._unreachable(error) from None
        self._check(response)
        return response.text

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        text = error_text(response.text)
        told = self._without_token(text or response.reason_phrase)
        if status in {401, 403}:
            raise RedcapMisconfigured(
                f"{self._url} refuses the API token (HTTP {status}: {told}); check that the token "
                "is this project's and has the rights to import and export data"
            )
        if status in _BUSY or status >= 500:
            raise RedcapUnavailable(f"{self._url} cannot answer now (HTTP {status}: {told})")
        if status in _REFUSED_CONTENT or (status == 200 and text is not None):
            raise RedcapRejected(import_problems(told) if text else _only(f"HTTP {status}: {told}"))
        if not 200 <= status < 300:
            raise RedcapMisconfigured(
                f"{self._url} is no REDCap API (HTTP {status}: {told}); check the address, it ends "
                "with /api/"
            )

    def _unreachable(self, error: httpx.RequestError) -> RedcapUnavailable | RedcapMisconfigured:
        told = self._without_token(str(error)) or type(error).__name__
        if "CERTIFICATE_VERIFY_FAILED" in told:
            return RedcapMisconfigured(
                f"{self._url} has a certificate that is not trusted ({told}); install its "
                "authority or correct the address"
            )
        return RedcapUnavailable(f"{self._url} cannot be reached: {told}")

    def _nonsense(self, what: str) -> RedcapUnavailable:
        return RedcapUnavailable(f"{self._url} sent {what}")

    def _without_token(self, text: str) -> str:
        return text.replace(self._token, "***")


def _only(message: str) -> tuple[ImportProblem, ...]:
    return (ImportProblem("", "", "", message),)


def _check_address(url: str, *, allow_plain_http: bool) -> None:
    example = "as in https://redcap.example.org/api/"
    try:
        parts = urlsplit(url)
        httpx.URL(url, port=parts.port)
    except (ValueError, httpx.InvalidURL) as error:
        raise RedcapMisconfigured(
            f"the REDCap address is no web address ({error}); give the API's, {example}"
        ) from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise RedcapMisconfigured(
            "the REDCap address carries more than a host and a path; the token is set apart from "
            f"it, {example}"
        )
    if parts.scheme == "http" and not allow_plain_http:
        raise RedcapMisconfigured(
            f"{url} would send the token and the record unencrypted; use https, {example}"
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RedcapMisconfigured(f"{url!r} is no web address; give the API's, {example}")
    if not parts.path.endswith("/api/"):
        raise RedcapMisconfigured(f"{url!r} does not end with /api/; give the API's, {example}")
