"""The API does what its description says, whatever is asked of it."""

import pytest
from build_token import make_token
from flask import g
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from survey.web.access import RULES, SCOPE_PERMISSIONS

#: the same requests in every run, and no shrinking through hundreds of them
ASKED = settings(
    max_examples=12, derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def described(app):
    import schemathesis  # here, because it takes a second and every worker imports every module of tests

    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def operations(described):
    return [result.ok() for result in described.get_all_operations()]


def test_every_endpoint_is_described_with_its_answer_and_its_errors(described):
    endpoints = {name for name in RULES if name.startswith("api.")}
    assert len(operations(described)) == len(endpoints)
    assert described.raw_schema["openapi"].startswith("3.1")
    for path, methods in described.raw_schema["paths"].items():
        assert methods.keys() - {"parameters"} == {"get"}
        assert {"200", "304", "401", "403", "404", "429"} <= methods["get"]["responses"].keys(), path


def test_every_scope_belongs_to_an_endpoint():
    opened = {RULES[name] for name in RULES if name.startswith("api.")}
    assert opened == set(SCOPE_PERMISSIONS.values())


@pytest.mark.parametrize("valid", [True, False], ids=["valid", "invalid"])
def test_whatever_is_asked_the_answer_is_one_that_the_description_allows(
    valid, described, app, people, survey
):
    """Neither an error of the server nor an answer, header or status that is not described."""
    here = {"round_id": survey.round_.id, "season_id": survey.round_.season_id, "question": "H1"}
    token = make_token(survey.session, people("evaluator"))

    for operation in operations(described):
        ask_all(operation, valid, here if valid else {}, token)


def ask_all(operation, valid, known, token):
    """Ids as they come, and those of a round that is there."""
    from schemathesis import GenerationMode

    mode = GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE

    @ASKED
    @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
    def ask(case, there):
        if there:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        g.__dict__.clear()
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

    ask()
