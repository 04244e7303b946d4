"""Verdicts about learning, inference and prediction."""
