"""The database: values in, values out; the only place that knows SQLAlchemy.

`Database` hands out transactions; each module holds what can be done to one noun inside one.
"""

from insights.store.database import Database

__all__ = ["Database"]
