"""What a staged batch must satisfy before it may reach the log, and where bad records go."""
