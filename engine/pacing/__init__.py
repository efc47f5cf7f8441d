"""How many numbers to dial now, and for which campaigns. Pure: a snapshot in, an answer out."""
