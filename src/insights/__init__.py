"""Turns what a community says into what a product team does."""

__version__ = "0.1.0"
