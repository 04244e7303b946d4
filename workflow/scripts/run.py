"""The script of every rule: it calls the function that the rule's params name as ``stage``.

The function gets, by name, the rule's wildcards, its named inputs and outputs, and its other params.
Inputs and outputs without a name only tell Snakemake what depends on what.
"""

import sys
from importlib import import_module
from pathlib import Path

from satisfice.progress import job

given = dict(snakemake.params.items())
module, _, function = given.pop("stage").rpartition(".")
given.pop("code", None)  # a fingerprint, which only has to change
wildcards = dict(snakemake.wildcards.items())
with job(" ".join([snakemake.rule, *wildcards.values()]), snakemake.log[0]):
    sys.path.insert(0, str(Path(snakemake.scriptdir).parent))  # experiments and benchmarks
    stage = getattr(import_module(module), function)
    stage(
        **wildcards,
        **dict(snakemake.input.items()),
        **dict(snakemake.output.items()),
        **given,
    )
