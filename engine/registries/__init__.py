"""Registries of numbers that must not be called: files of millions, looked up at every dial."""
