"""What every test may use: real parts, small and fast."""
