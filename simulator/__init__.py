"""A telephone network and the people in it, in virtual time."""
