"""People and roles as their files hold them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from procedure_node.commands import COMMANDS

PersonName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,31}$", examples=["dr-2"])]
"""A staff id, initials or a function; it goes into the record, so it is no full name."""

RoleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$", examples=["physician"])]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Role(_Table):
    """What people of one function may do: every command, or those that are listed."""

    title: str = Field(min_length=1, max_length=40, examples=["Physician"])
    commands: Literal["all"] | tuple[str, ...] = Field(examples=["all"])

    @model_validator(mode="after")
    def _commands_exist(self) -> "Role":
        unknown = () if self.commands == "all" else set(self.commands) - set(COMMANDS)
        if unknown:
            raise ValueError(
                f"commands: there is no {', '.join(sorted(unknown))}; there are: "
                f"{', '.join(COMMANDS)}"
            )
        return self

    @property
    def allowed(self) -> tuple[str, ...]:
        """The names of the commands that this role may give, in the order of ``COMMANDS``."""
        return tuple(name for name in COMMANDS if self.commands == "all" or name in self.commands)


Roles = dict[str, Role]
"""Roles by name."""


class RolesFile(RootModel[dict[RoleName, Role]]):
    """config/roles.toml: one table for each role."""

    model_config = ConfigDict(frozen=True)


class Person(_Table):
    """One person: a role, and the hash of a password (``hash_password``)."""

    role: RoleName
    password_hash: str = Field(pattern=r"^scrypt:\d+:\d+:\d+:[0-9a-f]{32}:[0-9a-f]{64}$")


class PeopleFile(RootModel[dict[PersonName, Person]]):
    """The people file: one table for each person, written by ``procedure-node person``."""

    model_config = ConfigDict(frozen=True)
