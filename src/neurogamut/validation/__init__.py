"""Does it find the diagnosis? Published patients, simulated patients and diseases left out."""
