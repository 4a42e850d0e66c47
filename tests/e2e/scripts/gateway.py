"""Makes calls to the gateway with a real SDK and prints what the caller got.

    gateway.py openai|anthropic chat|responses|messages [--stream] [--tools] [--model NAME]

OPENAI_BASE_URL and OPENAI_API_KEY, or ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY, say where the gateway is. Standard input
is a JSON list of texts; each becomes one call. With --tools a tool is offered, its call is answered, and the conversation
goes on. Each call gives one line of JSON:

    {"ok": TEXT, "calls": [{"name": …, "arguments": …}], "stop": REASON, "usage": [IN, OUT], "decision": HEADER}
    {"raised": CLASS, "status": N, "message": TEXT, "so_far": TEXT, "decision": HEADER}
"""
import argparse
import importlib
import json
import sys

SCHEMA = {"type": "object", "properties": {"town": {"type": "string"}, "said": {"type": "string"}}, "required": ["town"]}
WHAT = "Weather of a town"


class Heard:
    """What has been heard of one call."""

    def __init__(self):
        self.text, self.calls, self.stop, self.usage, self.decision = "", [], None, None, None

    def line(self):
        return {"ok": self.text, "calls": self.calls, "stop": self.stop, "usage": self.usage, "decision": self.decision}


def openai_chat(client, options, text, heard):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
    tools = [{"type": "function", "function": {"name": "weather", "description": WHAT, "parameters": SCHEMA}}]
    while True:
        request = dict(model=options.model, messages=messages, **({"tools": tools} if options.tools else {}))
        heard.text = ""
        calls = {}
        if options.stream:
            raw = client.chat.completions.with_raw_response.create(
                stream=True, stream_options={"include_usage": True}, **request)
            heard.decision = raw.headers.get("x-weir-decision")
            for chunk in raw.parse():
                if chunk.usage:
                    heard.usage = [chunk.usage.prompt_tokens, chunk.usage.completion_tokens]
                for choice in chunk.choices:
                    heard.text += choice.delta.content or ""
                    heard.stop = choice.finish_reason or heard.stop
                    for call in choice.delta.tool_calls or []:
                        known = calls.setdefault(call.index, {"id": call.id, "name": call.function.name, "arguments": ""})
                        known["arguments"] += call.function.arguments or ""
        else:
            raw = client.chat.completions.with_raw_response.create(**request)
            heard.decision = raw.headers.get("x-weir-decision")
            answer = raw.parse()
            choice = answer.choices[0]
            heard.text, heard.stop = choice.message.content or "", choice.finish_reason
            heard.usage = [answer.usage.prompt_tokens, answer.usage.completion_tokens]
            for index, call in enumerate(choice.message.tool_calls or []):
                calls[index] = {"id": call.id, "name": call.function.name, "arguments": call.function.arguments}
        if not calls:
            return
        heard.calls += [{"name": call["name"], "arguments": json.loads(call["arguments"])} for call in calls.values()]
        messages.append({"role": "assistant", "content": heard.text or None, "tool_calls": [
            {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
            for call in calls.values()]})
        messages += [{"role": "tool", "tool_call_id": call["id"], "content": "12 degrees"} for call in calls.values()]


def openai_responses(client, options, text, heard):
    items = [{"role": "user", "content": text}]
    tools = [{"type": "function", "name": "weather", "description": WHAT, "parameters": SCHEMA, "strict": False}]
    while True:
        request = dict(model=options.model, instructions="Be brief.", input=items, store=False,
                       **({"tools": tools} if options.tools else {}))
        heard.text = ""
        if options.stream:
            raw = client.responses.with_raw_response.create(stream=True, **request)
            heard.decision = raw.headers.get("x-weir-decision")
            answer = None
            for event in raw.parse():
                if event.type == "response.output_text.delta":
                    heard.text += event.delta
                if event.type == "error":
                    raise RuntimeError(event.message)
                if event.type in ("response.completed", "response.incomplete"):
                    answer = event.response
            if answer is not None and answer.output_text != heard.text:
                raise SystemExit(f"the pieces say {heard.text!r}, the whole says {answer.output_text!r}")
        else:
            raw = client.responses.with_raw_response.create(**request)
            heard.decision = raw.headers.get("x-weir-decision")
            answer = raw.parse()
            heard.text = answer.output_text
        heard.stop, heard.usage = answer.status, [answer.usage.input_tokens, answer.usage.output_tokens]
        calls = [item for item in answer.output if item.type == "function_call"]
        if not calls:
            return
        heard.calls += [{"name": call.name, "arguments": json.loads(call.arguments)} for call in calls]
        items += [item.model_dump(exclude_none=True) for item in answer.output]
        items += [{"type": "function_call_output", "call_id": call.call_id, "output": "12 degrees"} for call in calls]


def anthropic_messages(client, options, text, heard):
    messages = [{"role": "user", "content": text}]
    tools = [{"name": "weather", "description": WHAT, "input_schema": SCHEMA}]
    while True:
        request = dict(model=options.model, max_tokens=256, system="Be brief.", messages=messages,
                       **({"tools": tools} if options.tools else {}))
        heard.text = ""
        if options.stream:
            with client.messages.stream(**request) as stream:
                heard.decision = stream.response.headers.get("x-weir-decision")
                for piece in stream.text_stream:
                    heard.text += piece
                answer = stream.get_final_message()
        else:
            raw = client.messages.with_raw_response.create(**request)
            heard.decision = raw.headers.get("x-weir-decision")
            answer = raw.parse()
            heard.text = "".join(block.text for block in answer.content if block.type == "text")
        heard.stop, heard.usage = answer.stop_reason, [answer.usage.input_tokens, answer.usage.output_tokens]
        calls = [block for block in answer.content if block.type == "tool_use"]
        if not calls:
            return
        heard.calls += [{"name": call.name, "arguments": call.input} for call in calls]
        messages.append({"role": "assistant", "content": [
            block.model_dump(include={"type", "text", "id", "name", "input"}, exclude_none=True)
            for block in answer.content]})
        messages.append({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": call.id, "content": "12 degrees"} for call in calls]})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sdk", choices=["openai", "anthropic"])
    parser.add_argument("call", choices=["chat", "responses", "messages"])
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--tools", action="store_true")
    parser.add_argument("--model", default="any")
    options = parser.parse_args()
    module = importlib.import_module(options.sdk)
    client = (module.OpenAI if options.sdk == "openai" else module.Anthropic)(max_retries=0, timeout=60)
    call = {"chat": openai_chat, "responses": openai_responses, "messages": anthropic_messages}[options.call]
    for text in json.load(sys.stdin):
        heard = Heard()
        try:
            call(client, options, text, heard)
            outcome = heard.line()
        except module.APIStatusError as error:
            outcome = {"raised": type(error).__name__, "status": error.status_code, "message": str(error),
                       "decision": error.response.headers.get("x-weir-decision"), "so_far": heard.text}
        except Exception as error:  # What a caller sees when an answer breaks off differs between SDKs.
            outcome = {"raised": type(error).__name__, "status": 0, "message": str(error),
                       "decision": heard.decision, "so_far": heard.text}
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
