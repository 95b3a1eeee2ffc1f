"""`make bench`: Tenkyo beside its raw parts and beside what a user would pick instead, on generated text."""
