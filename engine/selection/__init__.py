"""Which lead never called is dialed next. Pure, as every decision."""
