"""Files in: tables are read, rows checked and mended, and a new inactive dataset written."""
