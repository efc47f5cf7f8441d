"""The call loops: each reads as a call reads."""
