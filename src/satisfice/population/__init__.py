"""Who the agents are: skills, prior beliefs and the policy that they share."""

PARAMETERS = ("mu", "sigma", "beta")
"""Names of a supertype's parameters, in the order of every array of them."""
