"""The statements of each migration, by its name."""
