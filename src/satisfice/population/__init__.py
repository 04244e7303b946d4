"""Who the agents are: parameters, skills, prior beliefs and the policy that they share."""
