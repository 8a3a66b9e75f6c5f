"""What leaves under mode aggregate when many questions are put together."""
