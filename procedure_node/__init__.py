"""The daemon: journal, reducers, rules, supervision, outputs, display and command line."""
