"""HTTP in the worker: connections the server has accepted, answered by Steps of this process.

Only plain HTTP/1.1 requests for Steps are taken here. Whatever else a connection brings goes back to the server
with the bytes that were read of it, so that HTTP's corners have one implementation, which is not this one.
"""
