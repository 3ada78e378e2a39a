"""The event log: one port, a Delta adapter, a memory adapter, one contract suite for both."""
