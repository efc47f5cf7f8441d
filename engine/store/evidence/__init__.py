"""What an auditor wants of every call: made of the journal alone, so that the journal proves it."""
