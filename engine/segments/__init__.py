"""Which leads a campaign's segments have, and what a re-entry means. Pure."""
