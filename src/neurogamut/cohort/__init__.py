"""Many cases at once: tables in memory, and files of any length in constant memory."""
