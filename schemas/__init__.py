"""The words on the wire: pydantic models without behaviour."""
