"""Which conversations did not serve their user, by which signals, and where they went wrong."""
