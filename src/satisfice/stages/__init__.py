"""The stages, one for each rule of the workflow: read files, call the package, write files."""
