"""Serves the app in a process of its own, so that a test can kill it: python serve.py PORT. Settings come from the environment."""

import sys

from werkzeug.serving import make_server

from survey.app import create_app

if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), create_app(), threaded=True).serve_forever()
