"""The verbs of the Python clients. Reads `{"client", "verb", "url", "pullable"}` a line, answers each with one line of JSON."""

import json
import sys

import ollama
import openai

OPTIONS = {"num_predict": 5, "temperature": 0, "seed": 1}
LIMIT = {"max_tokens": 5, "temperature": 0, "seed": 1}
MESSAGES = [{"role": "user", "content": "hello k"}]
MISSING = "no-such-model"
WEIGHTS = sys.argv[1]


def plain(value):
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def made(client):
    return [
        client.create(model="made", from_="tiny", system="Be brief."),
        client.show("made"),
        client.delete("made"),
    ]


def uploaded(client, weights):
    digest = client.create_blob(weights)
    return [
        digest,
        client.create_blob(weights),
        client.create(model="uploaded", files={"weights.gguf": digest}),
        client.show("uploaded"),
        client.delete("uploaded"),
    ]


def pulled(client, name):
    progress = [part.status for part in client.pull(name, insecure=True, stream=True)]
    client.delete(name)
    return list(dict.fromkeys(progress))


OLLAMA = {
    "list": lambda c, _: c.list(),
    "show": lambda c, _: c.show("tiny"),
    "load": lambda c, _: c.generate("tiny", ""),
    "chat": lambda c, _: c.chat("tiny", MESSAGES, options=OPTIONS),
    "chat, streamed": lambda c, _: list(c.chat("tiny", MESSAGES, options=OPTIONS, stream=True)),
    "generate": lambda c, _: c.generate("tiny", "hello m", options=OPTIONS),
    "generate, streamed": lambda c, _: list(c.generate("tiny", "hello m", options=OPTIONS, stream=True)),
    "ps": lambda c, _: c.ps(),
    "embed": lambda c, _: c.embed("tiny-embed", ["one", "two"]),
    "embeddings": lambda c, _: c.embeddings("tiny-embed", "one"),
    "unload": lambda c, _: c.generate("tiny", "", keep_alive=0),
    "copy": lambda c, _: [c.copy("tiny", "copied"), c.list()],
    "delete": lambda c, _: [c.delete("copied"), c.list()],
    "create": lambda c, _: made(c),
    "create from a file": lambda c, _: uploaded(c, WEIGHTS),
    "pull": lambda c, name: [c.pull(name, insecure=True), c.list(), c.delete(name)],
    "pull, streamed": pulled,
    "chat, unknown model": lambda c, _: c.chat(MISSING, MESSAGES),
    "show, unknown model": lambda c, _: c.show(MISSING),
    "copy, unknown model": lambda c, _: c.copy(MISSING, "copied"),
    "delete, unknown model": lambda c, _: c.delete(MISSING),
    "pull, unknown model": lambda c, name: c.pull(name + "-not", insecure=True),
}
OPENAI = {
    "list": lambda c, _: list(c.models.list()),
    "show": lambda c, _: c.models.retrieve("tiny"),
    "chat": lambda c, _: c.chat.completions.create(model="tiny", messages=MESSAGES, **LIMIT),
    "chat, streamed": lambda c, _: list(
        c.chat.completions.create(model="tiny", messages=MESSAGES, stream=True, stream_options={"include_usage": True}, **LIMIT)
    ),
    "generate": lambda c, _: c.completions.create(model="tiny", prompt="hello m", **LIMIT),
    "generate, streamed": lambda c, _: list(c.completions.create(model="tiny", prompt="hello m", stream=True, **LIMIT)),
    "embed": lambda c, _: c.embeddings.create(model="tiny-embed", input=["one", "two"]),
    "chat, unknown model": lambda c, _: c.chat.completions.create(model=MISSING, messages=MESSAGES),
    "show, unknown model": lambda c, _: c.models.retrieve(MISSING),
    "embed, unknown model": lambda c, _: c.embeddings.create(model=MISSING, input=["one"]),
    "responses": lambda c, _: c.responses.create(model="tiny", input="hello k", max_output_tokens=5),
    "responses, streamed": lambda c, _: list(c.responses.create(model="tiny", input="hello k", max_output_tokens=5, stream=True)),
    "responses, unknown model": lambda c, _: c.responses.create(model=MISSING, input="hello k"),
    "transcribe": lambda c, _: c.audio.transcriptions.create(model="tiny", file=("said.wav", b"RIFF of a recording"), prompt="z"),
    "transcribe, unknown model": lambda c, _: c.audio.transcriptions.create(model=MISSING, file=("said.wav", b"RIFF of a recording")),
}


def run(client, verb, url, pullable):
    if client == "ollama":
        return OLLAMA[verb](ollama.Client(host=url), pullable)
    return OPENAI[verb](openai.OpenAI(base_url=url + "/v1", api_key="unused", max_retries=0), pullable)


if __name__ == "__main__":
    print(json.dumps({"ollama": list(OLLAMA), "openai": list(OPENAI)}), flush=True)
    for line in sys.stdin:
        try:
            answer = {"result": plain(run(**json.loads(line)))}
        except Exception as error:  # What a client throws is what is compared.
            answer = {"error": {"name": type(error).__name__, "message": str(error), "status": getattr(error, "status_code", None)}}
        print(json.dumps(answer, default=plain), flush=True)
