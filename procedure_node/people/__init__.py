"""Who may command the node from its page: people, their roles, passwords and sessions."""

from procedure_node.people.door import FrontDoor, Identified, LoginRefusedError
from procedure_node.people.files import (
    load_people,
    load_roles,
    remove_person,
    write_person,
)
from procedure_node.people.model import Person, Role, Roles
from procedure_node.people.password import (
    SHORTEST_PASSWORD,
    Cost,
    hash_password,
    is_password,
)
from procedure_node.people.sessions import Session

__all__ = [
    "SHORTEST_PASSWORD",
    "Cost",
    "FrontDoor",
    "Identified",
    "LoginRefusedError",
    "Person",
    "Role",
    "Roles",
    "Session",
    "hash_password",
    "is_password",
    "load_people",
    "load_roles",
    "remove_person",
    "write_person",
]
