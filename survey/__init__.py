"""Huifang (回访): client-satisfaction surveys of community social-work stations."""

__version__ = "0.1.0"
