"""Telephone switches: each implements `engine.ports.Carrier` and passes the checks of `conformance`."""
