"""Backups of the whole database: made, checked, rotated, and brought back.

programs: runs pg_dump and pg_restore. making: one backup, from dump to rotation. restoring: a backup into a
database, and the questions that it must answer before anybody relies on it.
"""
