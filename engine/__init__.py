"""Outbound dialer engine: decides which number to dial now, and why."""

__version__ = "0.1.0"
