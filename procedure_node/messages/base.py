"""What every message has in common."""

import hashlib
import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from dosimetry_core.values import GenerationMode
from procedure_node.events import Fact

# A DICOM UID (PS3.5, 9.1) as it appears in running text: six components or more, so that neither
# an IP address nor a version number is taken for one.
_UID = re.compile(r"(?<![\d.])[0-2](?:\.\d+){5,}(?!\d)")


def uid_token(uid: str) -> str:
    """A short name for a DICOM UID that does not lead back to it: 12 hexadecimal digits."""
    return hashlib.sha256(uid.encode()).hexdigest()[:12]


def replace_uids(text: str, name_of: Callable[[str], str]) -> str:
    """The text with every DICOM UID in it replaced by another name, in file names too."""
    return _UID.sub(lambda found: name_of(found.group()), text)


def without_uids(text: str) -> str:
    """The text with every DICOM UID in it replaced by its token."""
    return replace_uids(text, lambda uid: f"uid:{uid_token(uid)}")


PublicText = Annotated[str, AfterValidator(without_uids)]
"""Text that may be published: DICOM UIDs in it are replaced by tokens."""

Token = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
"""Stands for a DICOM UID."""


class Message(Fact):
    """Base of all messages. Subclasses fix ``kind`` and ``version`` as literals.

    Attributes:
        room: where the node stands.
        session: counts the starts of the node.
        mode: where the data comes from; whatever is not REAL is no patient's.
        time_utc: when it happened; in a renewal, when it was renewed.
        seq: the journal entry that it follows from; null in the status, which is not journalled.
        procedure: opaque id of the procedure; null outside of one.
        historical: it waited for the broker and is told late; ``time_utc`` says how late.
        valid_until: from then on the state is unknown unless it was renewed; null where the
            message is an event, which does not change any more, and in the status.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    room: str
    session: int
    mode: GenerationMode
    time_utc: AwareDatetime
    seq: int | None
    procedure: str | None
    historical: bool = False
    valid_until: AwareDatetime | None
