"""SQLAlchemy models on a plain declarative base."""
