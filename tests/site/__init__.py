"""The file that says whose finder it is."""
