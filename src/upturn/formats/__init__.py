"""Log formats: files become typed, staged records."""
