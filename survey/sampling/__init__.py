"""Pure: how many, which allocation, the seeded draw, the certificate."""
