"""Whether a dial is allowed at this instant, and when it will be. Pure: `now` comes in, a value goes out."""
