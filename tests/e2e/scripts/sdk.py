"""Makes calls with a real SDK and prints what the caller got.

    sdk.py openai|anthropic chat|responses|messages|upload [--stream] [--http2]

Standard input is a JSON list of texts; each becomes one call, all on one client. Each call gives one line of JSON:

    {"ok": TEXT}                                           the call returned
    {"raised": CLASS, "status": N, "message": TEXT}        the SDK or its HTTP client raised an error

Proxy and certificates come from the environment, as they would for any user of the SDK.
"""
import argparse
import importlib
import json
import sys


def openai_client(openai, arguments):
    return openai.OpenAI(api_key="sample-api-key", max_retries=0, timeout=30,
                         http_client=openai.DefaultHttpxClient(http2=arguments.http2))


def openai_call(client, arguments, text):
    if arguments.call == "upload":
        return client.files.create(file=("notes.txt", text.encode()), purpose="user_data").id
    if arguments.call == "responses":
        if not arguments.stream:
            return client.responses.create(model="gpt-5.1", input=text).output_text
        pieces, whole = [], []
        for event in client.responses.create(model="gpt-5.1", input=text, stream=True):
            if event.type == "response.output_text.delta":
                pieces.append(event.delta)
            if event.type == "response.output_text.done":
                whole.append(event.text)
            if event.type == "response.completed":
                whole.append(event.response.output_text)
        return same("".join(pieces), whole)
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
    if not arguments.stream:
        return client.chat.completions.create(model="gpt-5.1", messages=messages).choices[0].message.content
    chunks = client.chat.completions.create(model="gpt-5.1", messages=messages, stream=True)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def anthropic_client(anthropic, arguments):
    return anthropic.Anthropic(api_key="sample-api-key", max_retries=0, timeout=30,
                               http_client=anthropic.DefaultHttpxClient(http2=arguments.http2))


def anthropic_call(client, arguments, text):
    if arguments.call == "upload":
        return client.beta.files.upload(file=("notes.txt", text.encode(), "text/plain")).id
    request = dict(model="claude-sonnet-4-6", max_tokens=256, messages=[{"role": "user", "content": text}])
    if not arguments.stream:
        return client.messages.create(**request).content[0].text
    with client.messages.stream(**request) as stream:
        pieces = "".join(stream.text_stream)
        return same(pieces, [stream.get_final_text()])


def same(pieces, whole):
    """A stream may say its text more than once; a caller who reads either must see the same."""
    for text in whole:
        if text != pieces:
            raise SystemExit(f"the pieces say {pieces!r}, the whole says {text!r}")
    return pieces


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sdk", choices=["openai", "anthropic"])
    parser.add_argument("call", choices=["chat", "responses", "messages", "upload"])
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--http2", action="store_true")
    arguments = parser.parse_args()
    module = importlib.import_module(arguments.sdk)
    make, call = {"openai": (openai_client, openai_call), "anthropic": (anthropic_client, anthropic_call)}[arguments.sdk]
    client = make(module, arguments)
    for text in json.load(sys.stdin):
        try:
            outcome = {"ok": call(client, arguments, text)}
        except module.APIStatusError as error:
            outcome = {"raised": type(error).__name__, "status": error.status_code, "message": str(error)}
        except Exception as error:  # What a caller sees when an answer breaks off differs between SDKs.
            outcome = {"raised": type(error).__name__, "status": 0, "message": repr(error.__cause__ or error)}
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
