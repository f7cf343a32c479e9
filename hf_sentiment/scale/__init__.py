"""Score many files with many processes: units of work that are lost by no fault, and doubled by none."""
