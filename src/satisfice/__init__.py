"""satisfice: Bayesian calibration of heterogeneous, boundedly rational agents.

Stages, in the order in which data flow: ``io.datasets`` (human data), ``learning`` (shared
KL-bounded policies), ``inference.simulator`` and ``inference`` (posterior), ``evaluation``
(scores against rivals), ``report``.
"""

__version__ = "0.1.0"
