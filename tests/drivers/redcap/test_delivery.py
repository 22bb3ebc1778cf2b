import pytest

from drivers.redcap import (
    RedcapClient,
    RedcapRejected,
    RedcapUnavailable,
    compare,
    deliver,
)
from simulators.edc import EdcFault, EdcFaultKind, EdcFaultPlan, EdcProject, EdcSimulator

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
VISIT = {
    "record_id": "DEMO-1",
    "redcap_repeat_instrument": "",
    "redcap_repeat_instance": "",
    "outcome": "DONE",
    "visit_complete": "2",
}


def needle(instance: int, depth_mm: str, remark: str = "straight") -> dict[str, str]:
    return {
        "record_id": "DEMO-1",
        "redcap_repeat_instrument": "needle",
        "redcap_repeat_instance": str(instance),
        "depth_mm": depth_mm,
        "remark": remark,
        "needle_complete": "2",
    }


ROWS = [VISIT, needle(1, "1.50"), needle(2, "UNKNOWN")]


async def test_rows_are_written_once_and_confirmed(client: RedcapClient, edc: EdcSimulator) -> None:
    accepted: list[int] = []

    async def on_accepted() -> None:
        accepted.append(edc.stored_imports)

    first = await deliver(client, ROWS, on_accepted=on_accepted)
    again = await deliver(client, ROWS, on_accepted=on_accepted)

    assert (first.confirmed, first.imported, first.rows) == (True, True, 3)
    assert (again.confirmed, again.imported) == (True, False)
    assert accepted == [1]
    assert edc.import_requests == 1


async def test_a_lost_answer_does_not_make_it_send_twice(project: EdcProject) -> None:
    plan = EdcFaultPlan(faults=(EdcFault(kind=EdcFaultKind.LOST_ANSWER),))
    async with (
        EdcSimulator(project, TOKEN, faults=plan) as edc,
        RedcapClient(edc.url, TOKEN, allow_plain_http=True) as client,
    ):
        with pytest.raises(RedcapUnavailable):
            await deliver(client, ROWS)
        delivery = await deliver(client, ROWS)

        assert delivery.confirmed
        assert not delivery.imported
        assert edc.stored_imports == 1


async def test_rows_that_are_partly_there_are_completed(
    client: RedcapClient, edc: EdcSimulator
) -> None:
    await client.import_records(ROWS[:2])
    delivery = await deliver(client, ROWS)
    assert (delivery.confirmed, delivery.imported, edc.stored_imports) == (True, True, 2)


async def test_what_a_person_wrote_is_not_overwritten(
    client: RedcapClient, edc: EdcSimulator
) -> None:
    await client.import_records([needle(1, "7.00", "bent")])
    delivery = await deliver(client, ROWS)

    assert not delivery.confirmed
    assert not delivery.imported
    assert edc.stored_imports == 1
    assert "record DEMO-1, needle 1, depth_mm holds another value" in str(delivery)


async def test_what_is_told_of_a_difference_holds_no_value(client: RedcapClient) -> None:
    await client.import_records([needle(1, "7.00", "held by someone")])
    told = str(await deliver(client, [VISIT, needle(1, "1.50", "sent by someone")]))
    assert "needle 1, remark holds another value" in told
    assert not any(value in told for value in ("someone", "7.00", "1.50"))


async def test_a_row_too_many_is_told(client: RedcapClient) -> None:
    await client.import_records([*ROWS, needle(3, "9")])
    delivery = await deliver(client, ROWS)
    assert "needle 3 was not sent but is there" in str(delivery)


async def test_other_forms_of_the_record_do_not_matter(client: RedcapClient) -> None:
    await client.import_records([{"record_id": "DEMO-1", "age": "61"}])
    assert (await deliver(client, ROWS)).confirmed


async def test_values_are_compared_as_redcap_writes_them(client: RedcapClient) -> None:
    await client.import_records([VISIT, needle(1, "1.5", "two\r\nlines \r\n")])
    sent = [VISIT, needle(1, "1.50", "two\nlines")]
    assert await compare(client, sent) == ()


async def test_text_that_only_looks_alike_is_different(client: RedcapClient) -> None:
    await client.import_records([VISIT, needle(1, "1.5", "1e2")])
    (difference,) = await compare(client, [VISIT, needle(1, "1.5", "100")])
    assert (difference.field, difference.sent, difference.held) == ("remark", "100", "1e2")


async def test_a_refusal_is_passed_on(client: RedcapClient) -> None:
    with pytest.raises(RedcapRejected, match="depth_mm"):
        await deliver(client, [VISIT, needle(1, "deep")])


async def test_many_differences_are_not_all_told(client: RedcapClient) -> None:
    await client.import_records([needle(n, "1") for n in range(1, 21)])
    delivery = await deliver(client, [needle(n, "2") for n in range(1, 21)])
    assert len(delivery.differences) == 20
    assert "and 15 more" in str(delivery)
