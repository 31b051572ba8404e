"""One module a channel: each delivers a finished digest to one place."""
