"""Pseudonyms, and what hides user ids in refused records."""
