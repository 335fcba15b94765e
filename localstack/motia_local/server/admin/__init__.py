"""`/__motia/`: what the Workbench and `motia logs` ask a local server. FastAPI, loaded with the first request."""
