"""The LLM judge: what it is shown, how its answers are read, and which responses it sees."""
