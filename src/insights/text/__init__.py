"""Words of posts made ready: cleaned, redacted, cut into passages, and told apart by intent."""
