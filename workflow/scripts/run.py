"""The script of every rule: it calls the function that the rule's params name as ``stage``.

The function gets, by name, the rule's named inputs and outputs, its other params, and those that it
has as arguments of the wildcards and of ``workers``, the number of the job's threads. Inputs and
outputs without a name only declare dependencies.
"""

import sys
from importlib import import_module
from inspect import signature
from pathlib import Path

from satisfice.progress import job

# Processes that a stage starts read this file, too.
if __name__ == "__main__":
    given = dict(snakemake.params.items())
    module, _, function = given.pop("stage").rpartition(".")
    given.pop("code", None)  # a fingerprint, which only triggers reruns
    wildcards = dict(snakemake.wildcards.items())
    # Not one of the params, whose changes run a job again: results depend on no number of workers.
    offered = {**wildcards, "workers": snakemake.threads}
    with job(" ".join([snakemake.rule, *wildcards.values()]), snakemake.log[0]):
        sys.path.insert(0, str(Path(snakemake.scriptdir).parent))  # experiments and benchmarks
        stage = getattr(import_module(module), function)
        asked = {name: offered[name] for name in signature(stage).parameters if name in offered}
        files = dict(snakemake.input.items()) | dict(snakemake.output.items())
        stage(**asked, **files, **given)
