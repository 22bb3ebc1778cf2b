"""Alarm conditions that wait for their delay, and what becomes of their signals."""

from typing import Annotated, Literal

from pydantic import Field

from procedure_node.events.base import Payload


class AlertDelayStarted(Payload):
    """An alert condition came or went; it is told when it has stayed so for its delay."""

    kind: Literal["alert-delay-started"] = "alert-delay-started"
    version: Literal[1] = 1
    alert_id: str
    towards: Literal["PRESENT", "ABSENT"]


class AlertDelayEnded(Payload):
    """An alert condition went back to what it was before its delay was over: nothing is told."""

    kind: Literal["alert-delay-ended"] = "alert-delay-ended"
    version: Literal[1] = 1
    alert_id: str


class AlertEscalated(Payload):
    """Nobody has acknowledged a high priority alarm for ``after_s`` seconds."""

    kind: Literal["alert-escalated"] = "alert-escalated"
    version: Literal[1] = 1
    alert_id: str
    after_s: float


class AlarmsPaused(Payload):
    """A person has paused the sound of the alarms that are there now, for ``seconds``."""

    kind: Literal["alarms-paused"] = "alarms-paused"
    version: Literal[1] = 1
    seconds: Annotated[int, Field(gt=0)]
    reason: str = ""


class AlarmsResumed(Payload):
    """A person has ended the pause."""

    kind: Literal["alarms-resumed"] = "alarms-resumed"
    version: Literal[1] = 1


class SoundChecked(Payload):
    """A person has listened to the alarm sounds at a page, and heard them or not."""

    kind: Literal["sound-checked"] = "sound-checked"
    version: Literal[1] = 1
    heard: bool
