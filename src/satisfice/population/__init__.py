"""The agents: parameters, skills, prior beliefs and the policy that they share."""
