"""What differs between the supported versions of other packages: one module a package, each entry with its end.

docs/versions.md says which versions are supported, and lists the private parts of them that are used with a fall-back.
"""
