"""The app as it is in use, without what makes the tests quick."""

from flask_security.utils import hash_password

from survey.app import create_app


def test_in_use_passwords_are_hashed_at_the_full_cost_of_argon2(tmp_path, monkeypatch):
    monkeypatch.delenv("SURVEY_SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS")
    settings = {
        "INSTANCE": tmp_path,
        "KEYS_FILE": tmp_path / "keys.json",
        "SQLALCHEMY_DATABASE_URI": "sqlite://",
    }
    app = create_app(settings)

    with app.app_context():
        made = hash_password("一句很长的话 2025")

    assert made.startswith("$argon2id$")
    cost = dict(part.split("=") for part in made.split("$")[3].split(","))
    assert int(cost["m"]) >= 19456 and int(cost["t"]) >= 2, "OWASP's least for argon2id"
