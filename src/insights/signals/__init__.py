"""What stands out, with its statistics and its posts."""
