"""Every setting of Huifang. Each can be overridden by an environment variable of the same name with `SURVEY_` before it."""

import os
from datetime import timedelta
from pathlib import Path

# Where the database, the keys and certificates of this installation live.
INSTANCE = Path(os.environ.get("SURVEY_INSTANCE", "instance")).absolute()

# SQLite in the instance folder serves one machine; PostgreSQL (postgresql+psycopg://…) when several share the work.
SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL") or f"sqlite:///{INSTANCE / 'huifang.db'}"

# Encryption, index, session and password keys: JSON in SURVEY_KEYS, or this file (mode 0600, made at the first start).
KEYS_FILE = INSTANCE / "keys.json"

# Language and clock of the people who use it. Times are stored in UTC.
BABEL_DEFAULT_LOCALE = "zh"
BABEL_DEFAULT_TIMEZONE = "Asia/Shanghai"

# How long a surveyor holds a household without a sign of life from the page.
LEASE = timedelta(minutes=15)

# How long a surveyor on home visits keeps the households taken along; without a network there is no sign of life.
VISIT_LEASE = timedelta(hours=12)

# What a failed statement was given never reaches a log.
SQLALCHEMY_ENGINE_OPTIONS = {"hide_parameters": True}

# The phone is shown in full for this long after it was revealed; then it is masked again.
REVEAL_SECONDS = 120

# An uploaded roster whose columns nobody confirmed is deleted after this time.
UPLOAD_LIFETIME = timedelta(hours=24)

# Largest roster file (bytes), and largest form otherwise.
MAX_CONTENT_LENGTH = 30 * 1024 * 1024
MAX_FORM_MEMORY_SIZE = 2 * 1024 * 1024

# Wrong passwords in a row before an account is locked, and for how long.
LOCKOUT_AFTER = 5
LOCKOUT_FOR = timedelta(minutes=15)

# Logins per address; a second line of defence behind the lockout, kept in memory.
LOGIN_RATE = "30 per minute"

# Requests per address to the public pages on which anybody checks a draw, or whether a survey is genuine.
CHECK_RATE = "60 per minute"

# Codes per address for the one-time links by which reports go to the parties; behind it, five wrong codes lock a link.
CODE_RATE = "10 per minute"

# Requests to the API with one token.
API_RATE = "120 per minute"

# Scheme and host under which residents open the public pages, e.g. https://huifang.example.cn: printed on the notice and
# its QR code, and shown at the desk. Empty: the address by which the page itself was opened, unless it is a local one.
PUBLIC_ADDRESS = ""

# Cookies: never readable by scripts, never sent by other sites; `survey serve --lan` sets SECURE because it speaks TLS.
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = os.environ.get("SURVEY_SESSION_COOKIE_SECURE", "") == "1"
PERMANENT_SESSION_LIFETIME = timedelta(hours=12)

# Bootstrap comes from the installed package, never from another host.
BOOTSTRAP_SERVE_LOCAL = True

# A CSRF token lives as long as the session: a form left open over lunch must not be lost.
WTF_CSRF_TIME_LIMIT = None

# Flask-Security: user names (王芳 is one), argon2, no e-mail, no self-registration.
SECURITY_PASSWORD_HASH = "argon2"
SECURITY_PASSWORD_SCHEMES = ["argon2"]
SECURITY_USERNAME_ENABLE = True
SECURITY_USERNAME_REQUIRED = True
SECURITY_USERNAME_MIN_LENGTH = 2
SECURITY_REGISTERABLE = False
SECURITY_RECOVERABLE = False
SECURITY_CHANGEABLE = False
SECURITY_JOIN_USER_ROLES = False
SECURITY_RETURN_GENERIC_RESPONSES = True
