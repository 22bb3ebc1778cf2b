"""Physics and geometry of seeds, dose and ice: arrays in, frozen results out.

Nothing here reads a file, asks a clock or writes a log. Each subpackage's ``__init__`` is its
public surface; ``dosimetry_core.values`` holds the words that every other package shares.
"""
