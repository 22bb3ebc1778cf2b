"""Telling systemd how the service is (sd_notify(3))."""

import contextlib
import os
import socket
from collections.abc import Mapping


class ServiceNotifier:
    """Sends state to ``$NOTIFY_SOCKET``; does nothing when the service runs without systemd.

    A manager that does not read is not waited for, and one that is gone is passed over: the service
    must not stand still or fail for it (sd_notify(3) advises to ignore errors).
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        watchdog_us = environment.get("WATCHDOG_USEC", "")
        pid = environment.get("WATCHDOG_PID", str(os.getpid()))
        ours = watchdog_us.isdecimal() and pid == str(os.getpid())
        self.watchdog_s: float | None = (int(watchdog_us) / 1e6 or None) if ours else None
        """Within which time the watchdog must be fed; None without one (sd_watchdog_enabled(3))."""

    def ready(self) -> None:
        """The service is up."""
        self._send("READY=1")

    def stopping(self) -> None:
        """The service is going down in an orderly way."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._send(f"STATUS={text}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        with socket.socket(socket.AF_UNIX, kind) as channel, contextlib.suppress(OSError):
            channel.connect(address)
            channel.send(message.encode())
