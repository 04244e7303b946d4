"""The script of every rule: it calls the function that the rule's params name as ``stage``.

The function gets, by name, the rule's named inputs and outputs, its other params, and the wildcards
that it has as arguments. Inputs and outputs without a name only declare dependencies.
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
    with job(" ".join([snakemake.rule, *wildcards.values()]), snakemake.log[0]):
        sys.path.insert(0, str(Path(snakemake.scriptdir).parent))  # experiments and benchmarks
        stage = getattr(import_module(module), function)
        asked = {name: wildcards[name] for name in signature(stage).parameters if name in wildcards}
        files = dict(snakemake.input.items()) | dict(snakemake.output.items())
        stage(**asked, **files, **given)
