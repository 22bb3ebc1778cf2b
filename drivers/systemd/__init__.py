"""The service manager's wire."""

from drivers.systemd.notify import ServiceNotifier

__all__ = ["ServiceNotifier"]
