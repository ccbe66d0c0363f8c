"""What a problem says: enough to mend the request by, without a look into the documentation."""

import pytest
from django.test import Client

from .conftest import client_of

pytestmark = pytest.mark.django_db


def test_whoever_brings_no_key_is_told_how_to(client: Client):
    for address in ("/api/v1/collections", "/v1/models"):
        assert client.get(address).json()["detail"] == "Send a key: `Authorization: Bearer kb_…`."


def test_what_is_wrong_with_a_body_is_said_field_by_field(api):
    nothing = api.post("/api/v1/answers", {"query": "How old?"})
    nested = api.post("/v1/chat/completions", {"messages": [{"role": "user"}], "stream": "perhaps"})
    listed = api.post("/api/v1/answers", ["How old?"])

    assert nothing.data["detail"] == "question: This field is required."
    assert nested.data["detail"] == "messages.0.content: This field is required. stream: Must be a valid boolean."
    assert listed.data["detail"] == "Invalid data. Expected a dictionary, but got list."


def test_a_body_of_another_type_is_answered_with_the_one_that_is_taken(api, collection):
    form = api.post("/api/v1/answers", "question=How", content_type="application/x-www-form-urlencoded")
    json = api.post(f"/api/v1/collections/{collection.pk}/documents", {"file": "text"}, format="json")

    assert form.data["detail"] == "Send the body as application/json, and say so in Content-Type."
    assert json.data["detail"] == "Send the body as multipart/form-data, and say so in Content-Type."


def test_an_address_with_a_slash_too_many_says_so(client: Client):
    assert client.get("/api/v1/answers/").json()["detail"].endswith("end without a slash.")
    assert client.get("/api/v1/nothing").json()["detail"] == "There is nothing here."


@pytest.mark.parametrize("path", ["/v1/models", "/v1/embeddings", "/v1/models/gpt-4"])
def test_clients_made_for_openai_find_the_sentence_where_they_look(client: Client, collection, path: str):
    for problem in (client.get(path).json(), client_of(collection.created_by).post(path, {"input": "x"}).json()):
        assert problem["error"] == {
            "message": problem["detail"],
            "type": problem["code"],
            "code": problem["code"],
            "param": None,
        }


def test_the_model_is_found_by_its_name_and_no_other(api):
    assert api.get("/v1/models/kbqa").data["id"] == "kbqa"
    assert api.get("/v1/models/gpt-4").data["detail"] == "There is no model 'gpt-4' here, only 'kbqa'."
