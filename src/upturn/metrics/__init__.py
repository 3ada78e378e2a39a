"""Rule metrics in SQL, plug-in metrics in Python: a score 0..1 for every response."""
