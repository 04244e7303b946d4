"""Checks of learning, inference and prediction."""
