"""Every fact and decision, one line each. State changes only by applying a line."""
