"""Does it hold? Users, shapes and the run that proves it: `make load PROFILE=quick`."""
