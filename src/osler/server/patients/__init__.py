"""Patients: who they are, which rows are one person, and their record."""
