"""Where the workers run: processes of this machine."""
