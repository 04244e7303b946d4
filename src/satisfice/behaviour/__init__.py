"""Who the agents are: skills, prior beliefs and the policy that they share."""
