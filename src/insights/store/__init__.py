"""The database: values in, values out; the only place that knows SQLAlchemy."""
