"""Live streams over WebSocket: at any path of the server's port."""
