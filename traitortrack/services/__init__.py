"""The private PostgreSQL and Valkey that run when the environment names none.

addresses: where they answer. places: which folders and which account they use. binaries: which server
programs. server, postgres, valkey: start, stop, is it running. group: both together, one start at a time.
"""
