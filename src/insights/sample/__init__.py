"""A simulated community of an invented product, with a list of what was planted in it."""
