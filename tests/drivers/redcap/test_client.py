import asyncio
import logging
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.redcap import (
    RedcapClient,
    RedcapError,
    RedcapMisconfigured,
    RedcapRejected,
    RedcapUnavailable,
)
from simulators.edc import EdcProject, EdcSimulator

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
ROWS = [
    {"record_id": "DEMO-1", "outcome": "DONE", "visit_complete": "2"},
    {
        "record_id": "DEMO-1",
        "redcap_repeat_instrument": "needle",
        "redcap_repeat_instance": "1",
        "depth_mm": "1.50",
        "needle_complete": "2",
    },
]


@asynccontextmanager
async def answering(response: bytes) -> AsyncIterator[str]:
    """A server that gives every request the same raw answer; yields the API's address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        await reader.readexactly(length)
        writer.write(response)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/"


def http(status: str, body: str = "", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", "Connection: close"]
    return "\r\n".join((*lines, *headers, "", body)).encode()


async def test_rows_go_in_and_come_back(client: RedcapClient) -> None:
    assert await client.import_records(ROWS) == ("DEMO-1",)

    needles = await client.export_records(["DEMO-1"], ["needle"])
    everything = await client.export_records(["DEMO-1"])
    nothing = await client.export_records(["DEMO-2"])

    assert needles[-1] == {
        "record_id": "DEMO-1",
        "redcap_repeat_instrument": "needle",
        "redcap_repeat_instance": "1",
        "depth_mm": "1.50",
        "remark": "",
        "needle_complete": "2",
    }
    assert everything[0]["outcome"] == "DONE"
    assert nothing == []


async def test_what_the_project_is(client: RedcapClient) -> None:
    assert await client.version() == "14.9.1"
    assert (await client.project_info())["project_title"] == "DEMO procedure record"
    assert (await client.metadata())[0]["field_name"] == "record_id"
    assert await client.repeating_forms() == {"needle"}


async def test_overwriting_with_nothing_erases_only_if_asked_to(client: RedcapClient) -> None:
    await client.import_records(ROWS)
    empty = [{"record_id": "DEMO-1", "outcome": ""}]

    await client.import_records(empty)
    kept = await client.export_records(["DEMO-1"], ["visit"])
    await client.import_records(empty, overwrite="overwrite")
    erased = await client.export_records(["DEMO-1"], ["visit"])

    assert [kept[0]["outcome"], erased[0]["outcome"]] == ["DONE", ""]


async def test_a_refused_import_names_record_field_and_value(client: RedcapClient) -> None:
    bad = {**ROWS[1], "depth_mm": "deep"}
    with pytest.raises(RedcapRejected) as caught:
        await client.import_records([ROWS[0], bad])

    (problem,) = caught.value.problems
    assert (problem.record, problem.field, problem.value) == ("DEMO-1", "depth_mm", "deep")
    assert await client.export_records(["DEMO-1"]) == []


async def test_fields_that_the_project_has_not_are_one_sentence(client: RedcapClient) -> None:
    with pytest.raises(
        RedcapRejected, match="not found in the project as real data fields: colour"
    ):
        await client.import_records([{"record_id": "1", "colour": "red"}])


async def test_nothing_to_import_or_export_is_a_mistake_of_the_caller(
    client: RedcapClient,
) -> None:
    with pytest.raises(ValueError, match="no rows"):
        await client.import_records([])
    with pytest.raises(ValueError, match="name the records"):
        await client.export_records([])


async def test_a_wrong_token_is_a_matter_of_settings_and_not_told(
    edc: EdcSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "SECRET" + 26 * "0"
    async with RedcapClient(edc.url, wrong, allow_plain_http=True) as client:
        with pytest.raises(RedcapMisconfigured, match="refuses the API token") as caught:
            await client.import_records(ROWS)
    told = f"{caught.value!r}{caught.value.__cause__!r}{client!r}{caplog.text}"
    assert "SECRET" not in told


async def test_a_token_that_the_server_repeats_is_not_told_either() -> None:
    body = '{"error":"token ' + TOKEN + ' is locked"}'
    async with (
        answering(http("400 Bad Request", body)) as url,
        RedcapClient(url, TOKEN, allow_plain_http=True) as client,
    ):
        with pytest.raises(RedcapRejected, match=r"token \*\*\* is locked"):
            await client.import_records(ROWS)


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (http("500 Internal Server Error"), RedcapUnavailable, "HTTP 500"),
        (http("503 Service Unavailable", "<html>"), RedcapUnavailable, "HTTP 503"),
        (http("429 Too Many Requests"), RedcapUnavailable, "HTTP 429"),
        (http("200 OK", "<html>Offline</html>"), RedcapUnavailable, "maintenance page"),
        (http("200 OK", "{}"), RedcapUnavailable, "no list of record ids"),
        (http("200 OK", '{"error":"old servers do so"}'), RedcapRejected, "old servers do so"),
        (http("400 Bad Request", '{"error":"\\"1\\",\\"a\\",\\"b'), RedcapRejected, "field a: b"),
        (http("413 Payload Too Large"), RedcapRejected, "HTTP 413"),
        (http("401 Unauthorized"), RedcapMisconfigured, "refuses the API token"),
        (http("404 Not Found"), RedcapMisconfigured, "is no REDCap API"),
        (
            http("302 Found", "", "Location: http://127.0.0.1:1/"),
            RedcapMisconfigured,
            "is no REDCap API",
        ),
        (b"not HTTP at all\r\n\r\n", RedcapUnavailable, "cannot be reached"),
        (b"", RedcapUnavailable, "cannot be reached"),
    ],
)
async def test_answers_that_are_no_success(
    answer: bytes, kind: type[RedcapError], message: str
) -> None:
    async with (
        answering(answer) as url,
        RedcapClient(url, TOKEN, allow_plain_http=True) as client,
    ):
        with pytest.raises(kind, match=message) as caught:
            await client.import_records(ROWS)
    assert type(caught.value) is kind


async def test_nobody_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    async with RedcapClient(
        f"http://127.0.0.1:{port}/api/", TOKEN, allow_plain_http=True
    ) as client:
        with pytest.raises(RedcapUnavailable, match="cannot be reached"):
            await client.version()


async def test_a_silent_server_is_unavailable_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/api/"
        async with RedcapClient(url, TOKEN, allow_plain_http=True, answer_timeout_s=0.1) as client:
            with pytest.raises(RedcapUnavailable, match="did not answer in time"):
                await client.version()


@pytest.mark.parametrize(
    ("url", "token", "message"),
    [
        ("http://redcap.example.org/api/", TOKEN, "unencrypted"),
        ("redcap.example.org/api/", TOKEN, "no web address"),
        ("https://redcap.example.org:99999/api/", TOKEN, "no web address"),
        ("https://[::1/api/", TOKEN, "no web address"),
        ("https://-redcäp-.org/api/", TOKEN, "no web address"),
        ("https://redcap.example.org/", TOKEN, "does not end with /api/"),
        ("https://redcap.example.org/api/?token=abc", TOKEN, "more than a host and a path"),
        ("http://user:pass@redcap.example.org/api/", TOKEN, "more than a host and a path"),
        ("https://user:pass@redcap.example.org/api/", TOKEN, "more than a host and a path"),
        ("https://user:pass@redcap.example.org:99999/api/", TOKEN, "no web address"),
        ("https://redcap.example.org/api/", "  ", "token is empty"),
    ],
)
def test_settings_that_cannot_be_right(url: str, token: str, message: str) -> None:
    with pytest.raises(RedcapMisconfigured, match=message) as caught:
        RedcapClient(url, token)
    assert "pass@" not in str(caught.value)
    assert "token=abc" not in str(caught.value)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    pem, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)),
        ],
        check=True,
        capture_output=True,
    )
    return pem, key


async def test_tls_certificates_are_verified(
    project: EdcProject, certificate: tuple[Path, Path]
) -> None:
    async with EdcSimulator(project, TOKEN, certificate=certificate) as edc:
        async with RedcapClient(edc.url, TOKEN) as stranger:
            with pytest.raises(RedcapMisconfigured, match="certificate that is not trusted"):
                await stranger.version()
        trusting = ssl.create_default_context(cafile=str(certificate[0]))
        async with RedcapClient(edc.url, TOKEN, ssl_context=trusting) as friend:
            assert await friend.version() == "14.9.1"


async def test_a_project_without_repeating_forms_has_none() -> None:
    body = '{"error":"You cannot export repeating instruments for this project"}'
    async with (
        answering(http("400 Bad Request", body)) as url,
        RedcapClient(url, TOKEN, allow_plain_http=True) as client,
    ):
        assert await client.repeating_forms() == frozenset()


@pytest.mark.parametrize(
    "ask",
    [RedcapClient.metadata, RedcapClient.project_info],
    ids=["metadata", "project_info"],
)
async def test_json_of_another_shape_is_no_answer(
    ask: Callable[[RedcapClient], Awaitable[object]],
) -> None:
    async with (
        answering(http("200 OK", "3")) as url,
        RedcapClient(url, TOKEN, allow_plain_http=True) as client,
    ):
        with pytest.raises(RedcapUnavailable):
            await ask(client)
