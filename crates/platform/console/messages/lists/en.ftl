# The console's places and lists.
place-applications = Applications
place-fleet = Fleet
