"""Frozen types and pure rules of the field: standard library and pydantic only."""
