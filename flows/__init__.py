"""The steps as Prefect flows: the only place that knows Prefect."""

import os

# What Prefect reads when it is imported: nobody is told that it runs, and a laptop that wakes up
# may take longer than 20 s to start Prefect's temporary server.
for name, value in {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}.items():
    os.environ.setdefault(name, value)
