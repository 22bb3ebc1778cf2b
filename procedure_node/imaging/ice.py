"""Imaged ice, and how it lies over the structures that are frozen."""
