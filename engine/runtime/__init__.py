"""Lifetimes: the dialer, its pools, and the agents' desk."""
