"""Do models still see what they learnt from, and do readers agree with them."""
