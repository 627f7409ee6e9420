"""Walks the paths of GigaChat's official Python SDK (`pip install gigachat`), unchanged, against the emulator.

    python gigachat_sdk.py BASE_URL AUTH_URL CA_FILE

Prints one JSON line for each path, and stops with status 1 at the first that is not as it should be.
"""

import asyncio
import base64
import json
import sys
import time

import httpx
import pydantic
from gigachat import GigaChat
from gigachat.context import client_id_cvar, custom_headers_cvar, session_id_cvar
from gigachat.exceptions import (
    AuthenticationError,
    BadRequestError,
    ForbiddenError,
    LengthFinishReasonError,
    NotFoundError,
    RateLimitError,
    RequestEntityTooLargeError,
    ServerError,
    UnprocessableEntityError,
)

BASE_URL, AUTH_URL, CA_FILE = sys.argv[1:4]
MODEL = "GigaChat-2"
PROMPT = "Привет, «мир» 🌍"

WEATHER = {
    "name": "weather",
    "description": "Погода в городе",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["c", "f"]}},
        "required": ["city", "unit"],
    },
}
OPENAPI = {
    "openapi": "3.0.0",
    "paths": {
        "/weather": {
            "get": {
                "operationId": "weather",
                "summary": "Погода",
                "parameters": [{"name": "city", "in": "query", "required": True, "schema": {"type": "string"}}],
            }
        }
    },
}


def key(parts="id:secret"):
    return base64.b64encode(parts.encode()).decode()


def client(**settings):
    given = dict(base_url=BASE_URL, auth_url=AUTH_URL, ca_bundle_file=CA_FILE, model=MODEL, timeout=20)
    if not settings.keys() & {"credentials", "user", "access_token"}:
        given["credentials"] = key()
    return GigaChat(**{**given, **settings})


class faults:
    """The faults of the requests made within."""

    def __init__(self, names):
        self.names = names

    def __enter__(self):
        self.token = custom_headers_cvar.set({"x-emulator-fault": self.names})

    def __exit__(self, *_):
        custom_headers_cvar.reset(self.token)


class value:
    """A context variable set for the requests made within."""

    def __init__(self, variable, text):
        self.variable, self.text = variable, text

    def __enter__(self):
        self.token = self.variable.set(self.text)

    def __exit__(self, *_):
        self.variable.reset(self.token)


PATHS = []


def path(function):
    PATHS.append(function)
    return function


def same(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def fails(kind, function, words=b""):
    try:
        function()
    except kind as error:
        content = getattr(error, "content", b"") or b""
        assert words in content, f"{words!r} is not in {content!r}"
        return error
    raise AssertionError(f"no {kind.__name__}")


def user(text, **members):
    return {"messages": [{"role": "user", "content": text}], **members}


# Tokens


@path
def a_token_is_had_once():
    with client() as giga:
        first = giga.get_token()
        left = first.expires_at / 1000 - time.time()
        assert 29 * 60 < left <= 30 * 60, left
        giga.get_models()
        giga.get_models()
        same(giga.get_token().access_token, first.access_token)
        return {"characters": len(first.access_token)}


@path
def a_bad_key_is_refused():
    error = fails(AuthenticationError, client(credentials=key("id:invalid")).get_models, b'"code":6')
    same(error.status_code, 401)
    fails(BadRequestError, client(credentials="not a key").get_models, b'"code":4')
    fails(BadRequestError, client(scope="GIGACHAT_API_CORP").get_models, b'"code":7')
    fails(BadRequestError, client(scope="NOBODY").get_models, b'"code":1')


@path
def a_company_has_a_scope_of_its_own():
    with client(credentials=key("b2b-id:secret"), scope="GIGACHAT_API_B2B") as giga:
        assert giga.get_models().data
    with client(credentials=key("corp-id:secret"), scope="GIGACHAT_API_CORP") as giga:
        fails(ForbiddenError, giga.get_balance, b"Permission denied")


@path
def a_user_with_a_password_is_let_in():
    with client(user="user", password="password") as giga:
        assert giga.get_models().data
    fails(AuthenticationError, client(user="invalid", password="password").get_models)


@path
def a_given_token_is_used_as_it_is():
    token = client().get_token().access_token
    assert client(access_token=token).get_models().data
    fails(AuthenticationError, client(access_token="made up").get_models, b"Unauthorized")


@path
def an_expired_token_is_renewed():
    with client() as giga:
        first = giga.get_token().access_token
        with faults("expired-token,fail-times=1"):
            assert giga.get_models().data
        assert giga.get_token().access_token != first
    with client() as giga, faults("expired-token"):
        # It renews once and not for ever.
        fails(AuthenticationError, giga.get_models, b"Token has expired")


# Version 1 of the chat


@path
def chat():
    with client() as giga:
        answer = giga.chat(PROMPT)
        choice = answer.choices[0]
        assert choice.message.content.startswith(f'You said: "{PROMPT}". Это эмулятор 🚀'), choice
        same((choice.message.role, choice.finish_reason, answer.object_), ("assistant", "stop", "chat.completion"))
        assert answer.model.startswith(MODEL + ":")
        same(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
        assert answer.x_headers["x-request-id"] and answer.x_headers["x-session-id"]
        return {"text": choice.message.content}


@path
def stream():
    with client() as giga:
        chunks = list(giga.stream(PROMPT))
        text = "".join(chunk.choices[0].delta.content for chunk in chunks)
        same(text, giga.chat(PROMPT).choices[0].message.content)
        same(chunks[0].choices[0].delta.role, "assistant")
        same([chunk.choices[0].finish_reason for chunk in chunks[:-1]], [None] * (len(chunks) - 1))
        same(chunks[-1].choices[0].finish_reason, "stop")
        assert chunks[-1].usage.completion_tokens == len(chunks) - 1
        return {"chunks": len(chunks)}


@path
def stream_asynchronously():
    async def collect():
        async with client() as giga:
            return [chunk async for chunk in giga.astream(PROMPT)]

    same(asyncio.run(collect())[-1].choices[0].finish_reason, "stop")


@path
def functions():
    with client() as giga:
        payload = user("Какая погода в Омске?", functions=[WEATHER], function_call="auto")
        choice = giga.chat(payload).choices[0]
        same(choice.finish_reason, "function_call")
        same(choice.message.function_call.arguments, {"city": "пример", "unit": "c"})
        assert choice.message.functions_state_id

        chunks = list(giga.stream(payload))
        calls = [chunk.choices[0].delta.function_call for chunk in chunks if chunk.choices[0].delta.function_call]
        same([call.name for call in calls], ["weather"])
        same(chunks[-1].choices[0].finish_reason, "function_call")

        result = {"role": "function", "name": "weather", "content": '{"t": -7}'}
        message = choice.message.model_dump(exclude_none=True)
        payload["messages"] += [message, result]
        answer = giga.chat(payload).choices[0].message.content
        assert answer.startswith('The tool said: "{"t": -7}".'), answer
        payload["messages"].pop()
        fails(UnprocessableEntityError, lambda: giga.chat(payload), b"every assistant function call must have a result")


@path
def a_picture():
    with client() as giga, value(client_id_cvar, "someone"):
        payload = user("Нарисуй кота", function_call="auto")
        text = "".join(chunk.choices[0].delta.content for chunk in giga.stream(payload))
        same(text[:10], '<img src="')
        image = base64.b64decode(giga.get_image(text[10:46]).content)
        same((image[:3], image[-2:]), (b"\xff\xd8\xff", b"\xff\xd9"))
        return {"bytes": len(image)}


@path
def reasoning():
    with client() as giga:
        message = giga.chat(user(PROMPT, reasoning_effort="medium")).choices[0].message
        assert PROMPT in message.reasoning_content and PROMPT in message.content
        deltas = [chunk.choices[0].delta for chunk in giga.stream(user(PROMPT, reasoning_effort="medium"))]
        same("".join(delta.reasoning_content or "" for delta in deltas), message.reasoning_content)


@path
def a_document():
    class Person(pydantic.BaseModel):
        name: str
        age: int = pydantic.Field(ge=18)

    with client() as giga:
        _, person = giga.chat_parse(PROMPT, response_format=Person)
        same(person, Person(name="пример", age=18))
        short = user(PROMPT, max_tokens=1)
        fails(LengthFinishReasonError, lambda: giga.chat_parse(short, response_format=Person))


@path
def refusals_of_the_chat():
    with client() as giga:
        fails(NotFoundError, lambda: giga.chat(user(PROMPT, model="NonExistentModel")), b"No such model")
        fails(UnprocessableEntityError, lambda: giga.chat(user(PROMPT, repetition_penalty=-1)), b"repetition_penalty")
        late = {"messages": [{"role": "user", "content": "u"}, {"role": "system", "content": "s"}]}
        fails(UnprocessableEntityError, lambda: list(giga.stream(late)), b"system message must be the first message")
        same(giga.chat(user("forbidden topic")).choices[0].finish_reason, "blacklist")


@path
def a_thread_and_a_session():
    with client() as giga:
        first = giga.chat(user("Раз", storage={"is_stateful": True}))
        assert first.thread_id and first.message_id
        second = giga.chat(user("Два", storage={"is_stateful": True, "thread_id": first.thread_id}))
        assert second.choices[0].message.content.endswith("User turns so far: 2.")
        with value(session_id_cvar, "session of the SDK"):
            same(giga.chat(PROMPT).usage.precached_prompt_tokens, 0)
            assert giga.chat(PROMPT).usage.precached_prompt_tokens > 0


# Version 2 of the chat


@path
def primary_chat():
    with client() as giga:
        answer = giga.chat.create(PROMPT)
        same((answer.finish_reason, answer.messages[0].role), ("stop", "assistant"))
        text = answer.messages[0].content[0].text
        events = list(giga.chat.stream(PROMPT))
        same("".join(event.messages[0].content[0].text for event in events[:-1]), text)
        same({event.event for event in events[:-1]}, {"response.message.delta"})
        same((events[-1].event, events[-1].finish_reason), ("response.message.done", "stop"))
        same(events[-1].usage.total_tokens, answer.usage.total_tokens)
        return {"events": len(events)}


@path
def primary_functions():
    with client() as giga:
        question = {"role": "user", "content": [{"text": "Какая погода?"}]}
        payload = {"messages": [question], "tools": [{"functions": {"specifications": [WEATHER]}}]}
        answer = giga.chat.create(payload)
        message = answer.messages[0]
        same(answer.finish_reason, "function_call")
        same(message.content[0].function_call.arguments, {"city": "пример", "unit": "c"})
        (event,) = giga.chat.stream(payload)
        same(event.messages[0].content[0].function_call.name, "weather")

        part = {"function_result": {"name": "weather", "result": '{"t": -7}'}}
        result = {"role": "function", "content": [part], "tools_state_id": message.tools_state_id}
        payload["messages"] += [message.model_dump(exclude_none=True, by_alias=True), result]
        text = giga.chat.create(payload).messages[0].content[0].text
        assert text.startswith('The tool said: "{"t": -7}".'), text
        result["role"] = "tool"
        fails(BadRequestError, lambda: giga.chat.create(payload))


@path
def primary_tools():
    with client() as giga:
        events = list(giga.chat.stream({"messages": [{"role": "user", "content": "Draw"}], "tools": ["image_generate"]}))
        names = [event.event for event in events]
        same(names[:2] + names[-1:], ["response.tool.in_progress", "response.tool.completed", "response.message.done"])
        file = events[2].messages[0].content[0].files[0]
        assert giga.get_image(file.id_).content
        found = giga.chat.create({"messages": [{"role": "user", "content": "Что нового?"}], "tools": ["web_search"]})
        part = found.messages[0].content[0]
        assert part.inline_data.sources["1"].url and "[sources=[1]]" in part.text


@path
def a_primary_document():
    class Person(pydantic.BaseModel):
        name: str

    with client() as giga:
        _, person = giga.chat.parse(PROMPT, response_format=Person)
        same(person, Person(name="пример"))
        stored = giga.chat.create({"messages": [{"role": "user", "content": "Раз"}], "storage": True})
        storage = {"thread_id": stored.thread_id}
        again = giga.chat.create({"messages": [{"role": "user", "content": "Два"}], "storage": storage})
        assert again.messages[0].content[0].text.endswith("User turns so far: 2.")


# Around the chat


@path
def models():
    with client() as giga:
        names = [model.id_ for model in giga.get_models().data]
        assert MODEL in names
        same(giga.get_model(MODEL).id_, MODEL)
        fails(NotFoundError, lambda: giga.get_model("NonExistentModel"), b"No such model")
        return {"models": len(names)}


@path
def embeddings():
    with client() as giga:
        answer = giga.embeddings(["раз", "два"])
        same([len(item.embedding) for item in answer.data], [1024, 1024])
        for item in answer.data:
            assert abs(sum(number * number for number in item.embedding) - 1) < 1e-4


@path
def tokens_count():
    with client() as giga:
        (count,) = giga.tokens_count(["Раз два три"])
        same((count.tokens, count.characters), (3, 11))


@path
def files():
    with client() as giga:
        file = giga.upload_file(("котик.txt", "Кот рыжий.".encode(), "text/plain"))
        same((file.filename, file.bytes_, file.purpose), ("котик.txt", 18, "general"))
        assert file.id_ in [kept.id_ for kept in giga.get_files().data]
        same(giga.get_file(file.id_).created_at, file.created_at)
        message = {"role": "user", "content": "Что там?", "attachments": [file.id_]}
        assert giga.chat({"messages": [message]}).choices[0].message.content.endswith("Files shown: 1.")
        same(giga.delete_file(file.id_).deleted, True)
        fails(NotFoundError, lambda: giga.get_file(file.id_))
        large = ("large.png", bytes((15 << 20) + 1), "image/png")
        fails(RequestEntityTooLargeError, lambda: giga.upload_file(large))


@path
def balance():
    with client() as giga:
        assert giga.get_balance().balance[0].value > 0


@path
def checks_and_conversions():
    with client() as giga:
        checked = giga.check_ai("слово " * 20, "GigaCheckDetection")
        assert checked.category in ("ai", "human", "mixed") and checked.characters == 120
        fails(UnprocessableEntityError, lambda: giga.check_ai("мало слов", "GigaCheckDetection"))
        (function,) = giga.openapi_function_convert(json.dumps(OPENAPI)).functions
        same((function.name, list(function.parameters.properties)), ("weather", ["city"]))


# Faults


@path
def faults_of_the_service():
    with client() as giga:
        giga.get_token()
        for names, kind in [
            ("status=500", ServerError),
            ("status=502", ServerError),
            ("rate-limited", RateLimitError),
            ("html-403", ForbiddenError),
            ("html", httpx.TransportError),
            ("error-200", httpx.TransportError),
            ("reset=2", httpx.TransportError),
            ("garbage-line", pydantic.ValidationError),
        ]:
            with faults(names):
                fails(kind, lambda: list(giga.stream(PROMPT)))
        usual = "".join(chunk.choices[0].delta.content for chunk in giga.stream(PROMPT))
        for names in ["crlf", "no-space", "bytewise", "split-utf8", "keep-alive", "null-finish-reason", "no-usage"]:
            with faults(names):
                same("".join(chunk.choices[0].delta.content for chunk in giga.stream(PROMPT)), usual)
        with faults("function-in-progress"):
            same(next(iter(giga.stream(PROMPT))).choices[0].delta.role, "function_in_progress")
        with faults("finish-error"):
            same(list(giga.stream(PROMPT))[-1].choices[0].finish_reason, "error")


def main():
    for function in PATHS:
        line = {"path": function.__name__, "ok": True}
        try:
            line.update(function() or {})
        except Exception as error:
            line.update(ok=False, error=f"{type(error).__name__}: {error}")
        print(json.dumps(line, ensure_ascii=False), flush=True)
        if not line["ok"]:
            raise SystemExit(1)


main()
