"""Topics of all conversations and clusters of failures alike: fitted, titled and followed over time."""
