"""Checks of the likelihood of decisions, and of what is inferred by it."""
