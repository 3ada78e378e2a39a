"""Suggestion rules: one file each, a pure function from evidence to what should be changed."""
