"""A map of the archive and its history as one page that works offline."""
