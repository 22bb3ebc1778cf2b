"""Logging in: sessions that end, names that are locked, people who are taken out."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from procedure_node.people import (
    Cost,
    FrontDoor,
    LoginRefusedError,
    Person,
    hash_password,
    load_roles,
    remove_person,
    write_person,
)

ROLES = Path(__file__).parents[3] / "config" / "roles.toml"
CHEAP = Cost(n=2**4)
PASSWORD = "correct horse"


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.toml"
    person = Person(role="nurse", password_hash=hash_password(PASSWORD, CHEAP))
    write_person(file, "nurse-7", person, load_roles(ROLES))
    return file


@pytest.fixture
def door(people: Path, clock: Clock) -> FrontDoor:
    return FrontDoor(people, ROLES, idle_s=300.0, now_s=clock, decoy_cost=CHEAP)


async def test_a_person_logs_in_and_out(door: FrontDoor) -> None:
    token = await door.log_in("nurse-7", PASSWORD)
    who = await door.who(token, acting=False)
    assert who is not None
    assert (who.name, who.role, who.may.title, who.left_s) == ("nurse-7", "nurse", "Nurse", 300.0)
    assert await door.who(token + "x", acting=False) is None
    door.log_out(token)
    assert await door.who(token, acting=False) is None


async def test_a_session_ends_when_nothing_is_done(door: FrontDoor, clock: Clock) -> None:
    token = await door.log_in("nurse-7", PASSWORD)
    clock.now_s += 200
    assert await door.who(token, acting=True) is not None
    clock.now_s += 299
    looked = await door.who(token, acting=False)
    assert looked is not None
    assert looked.left_s == 1.0
    clock.now_s += 1
    assert await door.who(token, acting=True) is None


async def test_a_session_ends_after_a_shift_however_busy(door: FrontDoor, clock: Clock) -> None:
    token = await door.log_in("nurse-7", PASSWORD)
    for _ in range(12 * 3600 // 240):
        assert await door.who(token, acting=True) is not None
        clock.now_s += 240
    assert await door.who(token, acting=True) is None


async def test_repeated_wrong_passwords_lock_the_name_and_say_so(
    door: FrontDoor, clock: Clock
) -> None:
    for left in ("4 more tries", "3 more tries", "2 more tries", "1 more try"):
        with pytest.raises(LoginRefusedError, match=f"wrong; {left} before 'nurse-7' is locked"):
            await door.log_in("nurse-7", "wrong")
    with pytest.raises(LoginRefusedError, match="locked after too many wrong passwords"):
        await door.log_in("nurse-7", "wrong")
    clock.now_s += 60
    with pytest.raises(LoginRefusedError, match=r"for another 4:0[01] min"):
        await door.log_in("nurse-7", PASSWORD)
    clock.now_s += 241
    assert await door.log_in("nurse-7", PASSWORD)


async def test_a_right_password_forgets_the_wrong_ones(door: FrontDoor) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(LoginRefusedError):
                await door.log_in("nurse-7", "wrong")
        assert await door.log_in("nurse-7", PASSWORD)


async def test_who_does_not_exist_is_refused_in_the_same_words(door: FrontDoor) -> None:
    told: list[str] = []
    for name in ("nurse-7", "nurse-8"):
        for _ in range(6):
            with pytest.raises(LoginRefusedError) as caught:
                await door.log_in(name, "wrong")
            told.append(str(caught.value).replace(name, "NAME"))
    assert told[:6] == told[6:]


async def test_who_is_taken_out_is_logged_out_at_once(door: FrontDoor, people: Path) -> None:
    roles = load_roles(ROLES)
    token = await door.log_in("nurse-7", PASSWORD)
    doctor = Person(role="physician", password_hash=hash_password(PASSWORD, CHEAP))
    write_person(people, "nurse-7", doctor, roles)
    who = await door.who(token, acting=True)
    assert who is not None
    assert who.role == "physician"
    remove_person(people, "nurse-7", roles)
    assert await door.who(token, acting=True) is None


async def test_files_that_cannot_be_used_are_told_in_words_and_logged(
    door: FrontDoor, people: Path
) -> None:
    people.chmod(0o644)
    with (
        capture_logs() as logged,
        pytest.raises(LoginRefusedError, match="file of people cannot be used"),
    ):
        await door.log_in("nurse-7", PASSWORD)
    assert "chmod 600" in logged[0]["reason"]


async def test_no_password_and_no_unknown_name_is_ever_logged(door: FrontDoor) -> None:
    with capture_logs() as logged:
        await door.log_in("nurse-7", PASSWORD)
        for name in ("nurse-7", "my-secret"):
            with pytest.raises(LoginRefusedError):
                await door.log_in(name, "a wrong one")
    assert len(logged) == 3
    assert not any(secret in str(logged) for secret in (PASSWORD, "a wrong one", "my-secret"))
