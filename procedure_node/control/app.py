"""The control socket's HTTP application: commands in, state out."""

import secrets
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import structlog
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dosimetry_core.values import GenerationMode
from procedure_node.commands import (
    COMMANDS,
    ChangeProtocol,
    OpenProcedure,
    Surroundings,
    decide,
    decide_open,
    decide_protocol,
)
from procedure_node.core import CommandRefusedError, Core, person
from procedure_node.events import Originator, ProcedureOpened, ProtocolChanged
from procedure_node.protocol import TrialProtocol, load_protocol_named, protocol_sha256
from procedure_node.rules import targets_of
from procedure_node.settings import ConfigurationError

FindStudy = Callable[[str], Awaitable[str]]
"""Accession number -> Study Instance UID; raises ``CommandRefusedError``."""

_log = structlog.get_logger()


class Answer(NamedTuple):
    """What came of a command: an HTTP status, and ``procedure_id`` or the reason ``refused``."""

    status: int
    body: dict[str, str | None]


class Controls:
    """Carries out commands on the core.

    Args:
        core: takes the decisions.
        mode: the node's own generation mode.
        protocols: the directory of protocol files.
        seed_models: names of the seed models that the node knows.
        devices: names of the serial devices.
        cryoprobes: names of the kinds of cryoprobes that the node knows.
        find_study: asks the archive for a study by accession number.
    """

    def __init__(
        self,
        core: Core,
        *,
        mode: GenerationMode,
        protocols: Path,
        seed_models: Collection[str],
        devices: Collection[str],
        cryoprobes: Collection[str],
        find_study: FindStudy,
    ) -> None:
        self._core = core
        self._mode = mode
        self._protocols = protocols
        self._seed_models = seed_models
        self._devices = devices
        self._cryoprobes = cryoprobes
        self._find_study = find_study

    def app(self) -> Starlette:
        """The application to serve on the control socket."""
        return Starlette(
            routes=[
                Route("/commands/{name}", self._command, methods=["POST"]),
                Route("/state", self._state),
            ]
        )

    async def carry_out(self, name: str, body: bytes, *, role: str | None = None) -> Answer:
        """Carry out a command, or say why not.

        Args:
            name: one of ``COMMANDS``.
            body: its arguments as JSON, ``by`` among them.
            role: the role of the person, where a login has shown it.
        """
        model = COMMANDS.get(name)
        if model is None:
            known = ", ".join(COMMANDS)
            return _refusal(404, f"there is no command {name!r}; there are: {known}")
        try:
            command = model.model_validate_json(body)
            originator = person(command.by, role)
            if isinstance(command, OpenProcedure):
                done = await self._open(command, originator)
            elif isinstance(command, ChangeProtocol):
                done = self._change_protocol(command, originator)
            else:
                done = self._core.decide(
                    decide(command, self._surroundings()), originator=originator
                )
            await done
        except ValidationError as error:
            return _refusal(422, _in_words(error))
        except (CommandRefusedError, ConfigurationError) as error:
            _log.info("command refused", command=name, reason=str(error))
            return _refusal(409, str(error))
        _log.info("command done", command=name)
        procedure = self._core.state.procedure
        return Answer(200, {"procedure_id": procedure.procedure_id if procedure else None})

    def suggestions(self) -> dict[str, tuple[str, ...]]:
        """By a command's field, what makes sense now; files are read for it."""
        protocols = self._usable_protocols()
        procedure = self._core.state.procedure
        alerts = procedure.alerts if procedure else {}
        return {
            "protocol": tuple(protocol.name for protocol in protocols),
            "arm": tuple(dict.fromkeys(arm for protocol in protocols for arm in protocol.arms)),
            "lesion": tuple(dict.fromkeys(t.lesion for t in targets_of(procedure).values()))
            if procedure
            else (),
            "structure": tuple(organ.name for organ in procedure.protocol.organs)
            if procedure
            else (),
            "seed_model": tuple(self._seed_models),
            "device": tuple(self._devices),
            "cryoprobe": tuple(self._cryoprobes),
            "deviation": tuple(procedure.deviations) if procedure else (),
            "alert_id": tuple(key for key, alert in alerts.items() if alert.present),
        }

    def _usable_protocols(self) -> list[TrialProtocol]:
        usable: list[TrialProtocol] = []
        for path in sorted(self._protocols.glob("*.toml")):
            with suppress(ConfigurationError):
                usable.append(load_protocol_named(self._protocols, path.stem))
        return usable

    async def _command(self, request: Request) -> Response:
        answer = await self.carry_out(request.path_params["name"], await request.body())
        return JSONResponse(answer.body, status_code=answer.status)

    async def _open(self, command: OpenProcedure, originator: Originator) -> Awaitable[None]:
        if (command.study_uid is None) == (command.accession is None):
            raise CommandRefusedError("give either the study UID or the accession number")
        study_uid = command.study_uid or await self._find_study(command.accession or "")
        protocol = load_protocol_named(self._protocols, command.protocol)
        opened = ProcedureOpened(
            procedure_id=_new_procedure_id(),
            subject=command.subject,
            study_uid=study_uid,
            arm=command.arm,
            protocol=protocol,
            protocol_sha256=protocol_sha256(protocol),
        )
        decision = decide_open(opened, self._surroundings())
        return self._core.decide(decision, originator=originator)

    def _change_protocol(self, command: ChangeProtocol, originator: Originator) -> Awaitable[None]:
        protocol = load_protocol_named(self._protocols, command.protocol)
        changed = ProtocolChanged(
            protocol=protocol, protocol_sha256=protocol_sha256(protocol), reason=command.reason
        )
        decision = decide_protocol(changed, self._surroundings())
        return self._core.decide(decision, originator=originator)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            mode=self._mode,
            seed_models=self._seed_models,
            devices=self._devices,
            cryoprobes=self._cryoprobes,
            today=self._core.clock().utc.date(),
        )

    async def _state(self, _: Request) -> Response:
        return Response(self._core.state.model_dump_json(), media_type="application/json")


def _new_procedure_id() -> str:
    """Opaque: the day, and chance; nothing of the patient."""
    return f"P{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(3)}"


def _refusal(status: int, reason: str) -> Answer:
    return Answer(status, {"refused": reason})


def _in_words(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)
    )
