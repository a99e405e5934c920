"""The versions of the schema, each a step from the one before; run by `streams.history.schema`."""
