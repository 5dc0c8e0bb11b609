"""A made-up station to try Huifang with: its roster, and weeks of believable fieldwork. Everybody in it is invented."""
