"""Logging in: sessions that end, names that are locked, people who are taken out."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from procedure_node.events import LoggedIn, LoggedOut, LoginFailed, Originator
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


class Book:
    """What was told, in words."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __call__(
        self, payload: LoggedIn | LoggedOut | LoginFailed, who: Originator
    ) -> asyncio.Future[None]:
        fields = payload.model_dump(mode="json", exclude={"kind", "version"})
        words = (payload.kind, *(f"{name}={value}" for name, value in fields.items()))
        self.told.append(f"{who.name} {who.role}: {' '.join(words)}")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def door(people: Path, clock: Clock, book: Book) -> FrontDoor:
    return FrontDoor(people, ROLES, idle_s=300.0, tell=book, now_s=clock, decoy_cost=CHEAP)


async def test_a_person_logs_in_and_out(door: FrontDoor, book: Book) -> None:
    token = await door.log_in("nurse-7", PASSWORD)
    who = await door.who(token, acting=False)
    assert who is not None
    assert (who.name, who.role, who.may.title, who.left_s) == ("nurse-7", "nurse", "Nurse", 300.0)
    assert await door.who(token + "x", acting=False) is None
    await door.log_out(token, "ASKED")
    assert await door.who(token, acting=False) is None
    await door.log_out(token, "ASKED")
    assert book.told == ["nurse-7 nurse: logged-in", "nurse-7 nurse: logged-out why=ASKED"]


async def test_a_session_ends_when_nothing_is_done(
    door: FrontDoor, clock: Clock, book: Book
) -> None:
    token = await door.log_in("nurse-7", PASSWORD)
    clock.now_s += 200
    assert await door.who(token, acting=True) is not None
    clock.now_s += 299
    looked = await door.who(token, acting=False)
    assert looked is not None
    assert looked.left_s == 1.0
    door.look_round()
    clock.now_s += 1
    assert await door.who(token, acting=True) is None
    for _ in range(2):
        door.look_round()
    assert book.told[1:] == ["nurse-7 nurse: logged-out why=UNUSED"]


async def test_all_sessions_end_with_the_page(door: FrontDoor, book: Book) -> None:
    token = await door.log_in("nurse-7", PASSWORD)
    door.close()
    assert await door.who(token, acting=False) is None
    assert book.told[1:] == ["nurse-7 nurse: logged-out why=PAGE_STOPPED"]


async def test_a_session_ends_after_a_shift_however_busy(
    door: FrontDoor, clock: Clock, book: Book
) -> None:
    token = await door.log_in("nurse-7", PASSWORD)
    for _ in range(12 * 3600 // 240):
        assert await door.who(token, acting=True) is not None
        clock.now_s += 240
    assert await door.who(token, acting=True) is None
    door.look_round()
    assert book.told[1:] == ["nurse-7 nurse: logged-out why=LONGEST"]


async def test_repeated_wrong_passwords_lock_the_name_and_say_so(
    door: FrontDoor, clock: Clock, book: Book
) -> None:
    for left in ("4 more tries", "3 more tries", "2 more tries", "1 more try"):
        with pytest.raises(LoginRefusedError, match=f"wrong; {left} before 'nurse-7' is locked"):
            await door.log_in("nurse-7", "wrong")
    with pytest.raises(LoginRefusedError, match="locked after too many wrong passwords"):
        await door.log_in("nurse-7", "wrong")
    clock.now_s += 60
    with pytest.raises(LoginRefusedError, match=r"for another 4:0[01] min"):
        await door.log_in("nurse-7", PASSWORD)
    assert book.told == [
        f"procedure-node None: login-failed person=nurse-7 tries=1 tries_left={left}"
        for left in (4, 3, 2, 1, 0)
    ], "a name that is locked is not tried"
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


async def test_names_that_nobody_has_are_counted_and_told_once_a_minute(
    door: FrontDoor, clock: Clock, book: Book
) -> None:
    for n in range(7):
        with pytest.raises(LoginRefusedError):
            await door.log_in(f"somebody-{n}", "wrong")
        door.look_round()
    clock.now_s += 60
    for _ in range(2):
        door.look_round()
    assert book.told == [
        f"procedure-node None: login-failed person=None tries={tries} tries_left=None"
        for tries in (1, 6)
    ]


async def test_who_is_taken_out_is_logged_out_at_once(
    door: FrontDoor, people: Path, book: Book
) -> None:
    roles = load_roles(ROLES)
    token = await door.log_in("nurse-7", PASSWORD)
    doctor = Person(role="physician", password_hash=hash_password(PASSWORD, CHEAP))
    write_person(people, "nurse-7", doctor, roles)
    who = await door.who(token, acting=True)
    assert who is not None
    assert who.role == "physician"
    remove_person(people, "nurse-7", roles)
    assert await door.who(token, acting=True) is None
    assert book.told[1:] == ["nurse-7 nurse: logged-out why=NOT_ALLOWED"]


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


async def test_no_password_and_no_unknown_name_is_ever_logged_or_journalled(
    door: FrontDoor, book: Book
) -> None:
    with capture_logs() as logged:
        await door.log_in("nurse-7", PASSWORD)
        for name in ("nurse-7", "my-secret"):
            with pytest.raises(LoginRefusedError):
                await door.log_in(name, "a wrong one")
    assert len(logged) == len(book.told) == 3
    kept = f"{logged} {book.told}"
    assert not any(secret in kept for secret in (PASSWORD, "a wrong one", "my-secret"))
