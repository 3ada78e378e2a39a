"""Logs with planted, known failures: what upturn finds in them can be held against the truth."""
