"""Simulations of the human experiment."""
