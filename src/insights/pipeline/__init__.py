"""The steps, and the only place that knows their order."""
