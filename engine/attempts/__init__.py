"""What an attempt leaves behind: budgets, the next time to call, and the flow's own rules. Pure."""
