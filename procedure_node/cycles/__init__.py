"""Freeze-thaw cycles from a probe's readings."""
