"""Answers and problems as wire formats and sentences. Pure functions."""
