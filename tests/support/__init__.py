"""What the tests stand on: private servers, processes, conditions, the commands behind ./run."""
