"""What staff do, without HTTP: set up, publish, undo, and keep the record of it."""
