"""Lead Management in the store: what is offered and matched, resets carried out and undone, templates."""
