"""The steps as Prefect flows: the only place that knows Prefect."""
