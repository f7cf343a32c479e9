"""What a review is, and where labelled rows come from."""
