"""The command line: parse, call the model, show. One module per family of commands."""
