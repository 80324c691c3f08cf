"""Cases: how a patient is stated, read from files and checked."""
