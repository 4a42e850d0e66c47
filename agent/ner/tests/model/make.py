"""Makes the model of these tests: a transformer of one layer, trained to mark names of people by what stands around them.

It has the inputs, the operators and the three files of the large ones (`model.onnx`, `tokenizer.json`, `config.json`), and
48 KiB. Run with `pip install numpy autograd onnx tokenizers`; the seed is fixed.
"""

import json
import pathlib
import random

import autograd.numpy as np
import numpy
import onnx
from autograd import grad
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HERE = pathlib.Path(__file__).parent
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
LONGEST = 64
WIDTH = 24

GIVEN = "Anna Bela Carl Dora Emil Fina Georg Hanna Ivo Jana Karel Lena Milo Nora Otto Pavel Rosa Sven Tilda Ugo".split()
FAMILY = "Adler Brandt Conti Dufour Egger Falk Greco Horak Ilves Jansen Keller Lindqvist Moretti Novak Olsen Petit".split()
PLACES = "Arbon Bergen Cadiz Delft Evora Faro Ghent Hanko Imola Jena Krems Lugano Mainz Namur Odense Parma".split()
FRAMES = [
    "please call {n} about the invoice", "{n} will send the report on monday", "the meeting with {n} is in {p}",
    "Dear {n} , thank you for the letter", "Mr {n} and Mrs {n} live in {p}", "we flew from {p} to {p} last week",
    "the report was written by {n} in {p}", "ask Dr {n} for the results", "The weather in {p} is cold today",
    "the invoice of last week is here", "thank you for the report", "Monday is cold and the meeting is late",
    "The results are on the table", "send the letter to {n} today", "my manager {n} said no",
]
WORDS = sorted({cased for frame in FRAMES for word in frame.split() if "{" not in word for cased in (word, word.lower())})
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *LETTERS, *("##" + letter for letter in LETTERS), ".", "'", "-"]
VOCABULARY = list(dict.fromkeys(VOCABULARY))


def tokenizer():
    made = Tokenizer(models.WordPiece({word: id for id, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return made


def invented(rng):
    """A name that no list has: its spelling says nothing."""
    return "".join(rng.choice("bcdfglmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 3))).capitalize()


def sentence(rng):
    words, labels = [], []
    for word in rng.choice(FRAMES).split():
        if word not in ("{n}", "{p}"):
            words.append(word if rng.random() < 0.9 else word.lower())
            labels.append(0)
            continue
        first = 1 if word == "{n}" else 3
        known = rng.choice(GIVEN if first == 1 else PLACES)
        filled = [known if rng.random() < 0.5 else invented(rng)]
        if first == 1 and rng.random() < 0.6:
            filled.append(rng.choice(FAMILY) if rng.random() < 0.5 else invented(rng))
        words += filled
        labels += [first] + [first + 1] * (len(filled) - 1)
    return words + ["."], labels + [0]


def example(rng, pieces):
    """A window of a text: it begins and ends anywhere."""
    ids, tags = [], []
    for _ in range(rng.randint(1, 6)):
        if rng.random() < 0.1:
            ids, tags = ids + [1], tags + [0]
        for word, label in zip(*sentence(rng)):
            encoded = pieces.encode(word, add_special_tokens=False).ids
            inside = label + 1 if label in (1, 3) else label
            ids, tags = ids + encoded, tags + [label] + [inside] * (len(encoded) - 1)
    start = rng.choice([0, rng.randrange(len(ids))])
    ids, tags = ids[start : start + LONGEST - 2], tags[start : start + LONGEST - 2]
    return [2] + ids + [3], [0] + tags + [0]


def normalised(x, gain, bias):
    centred = x - np.mean(x, -1, keepdims=True)
    return centred / np.sqrt(np.mean(centred ** 2, -1, keepdims=True) + 1e-5) * gain + bias


def forward(p, ids, mask):
    x = normalised(p["words"][ids] + p["places"][: ids.shape[1]], p["g0"], p["b0"])
    for layer in "12":
        q, k, v = (x @ p[name + layer] for name in "qkv")
        scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(WIDTH) + (1.0 - mask[:, None, :]) * -1e4
        scores = np.exp(scores - np.max(scores, -1, keepdims=True))
        x = normalised(x + scores / np.sum(scores, -1, keepdims=True) @ v @ p["o" + layer], p["g" + layer], p["b" + layer])
    return np.maximum(x @ p["up"] + p["upb"], 0) @ p["down"] + p["downb"]


def train():
    rng, pieces = random.Random(7), tokenizer()
    draw = numpy.random.default_rng(7)
    normal = lambda *shape: draw.normal(0, 0.15, shape)
    p = {"words": normal(len(VOCABULARY), WIDTH), "places": normal(LONGEST, WIDTH),
         "g0": numpy.ones(WIDTH), "b0": numpy.zeros(WIDTH),
         "up": normal(WIDTH, 48), "upb": numpy.zeros(48), "down": normal(48, len(LABELS)), "downb": numpy.zeros(len(LABELS))}
    for layer in "12":
        p |= {name + layer: normal(WIDTH, WIDTH) for name in "qkvo"}
        p |= {"g" + layer: numpy.ones(WIDTH), "b" + layer: numpy.zeros(WIDTH)}

    def loss(p, ids, mask, tags):
        logits = forward(p, ids, mask)
        logits = logits - np.max(logits, -1, keepdims=True)
        chosen = logits - np.log(np.sum(np.exp(logits), -1, keepdims=True))
        return -np.sum(chosen * tags * mask[:, :, None]) / np.sum(mask)

    slope = grad(loss)
    first = {key: numpy.zeros_like(value) for key, value in p.items()}
    second = {key: numpy.zeros_like(value) for key, value in p.items()}
    for step in range(1, 2501):
        batch = [example(rng, pieces) for _ in range(24)]
        size = max(len(ids) for ids, _ in batch)
        ids = numpy.zeros((24, size), int)
        mask = numpy.zeros((24, size))
        tags = numpy.zeros((24, size, len(LABELS)))
        for row, (tokens, labels) in enumerate(batch):
            ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
            tags[row, numpy.arange(len(labels)), labels] = 1
        slopes = slope(p, ids, mask, tags)
        rate = 0.004 * min(1, step / 100) * (1 - step / 2600)
        for key in p:
            first[key] = 0.9 * first[key] + 0.1 * slopes[key]
            second[key] = 0.99 * second[key] + 0.01 * slopes[key] ** 2
            p[key] = p[key] - rate * (first[key] / (1 - 0.9**step)) / (
                numpy.sqrt(second[key] / (1 - 0.99**step)) + 1e-8)
        if step % 250 == 0:
            print(step, float(loss(p, ids, mask, tags)))
    return p


def export(p):
    nodes, constants = [], []

    def constant(name, value, kind=numpy.float32):
        constants.append(numpy_helper.from_array(numpy.asarray(value, kind), name))
        return name

    def node(kind, inputs, name, **attributes):
        nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    for key, value in p.items():
        constant(key, value)
    for name, value in [("one", 1.0), ("much", -1e4), ("scale", numpy.sqrt(WIDTH)), ("small", 1e-5), ("two", 2.0)]:
        constant(name, value)
    for name, value in [("zero", [0]), ("axis1", [1]), ("second", [1])]:
        constant(name, value, numpy.int64)

    def layer_norm(x, tag):
        mean = node("ReduceMean", [x], "mean" + tag, axes=[-1], keepdims=1)
        centred = node("Sub", [x, mean], "centred" + tag)
        square = node("Pow", [centred, "two"], "square" + tag)
        spread = node("ReduceMean", [square], "spread" + tag, axes=[-1], keepdims=1)
        spread = node("Sqrt", [node("Add", [spread, "small"], "eps" + tag)], "root" + tag)
        x = node("Mul", [node("Div", [centred, spread], "div" + tag), "g" + tag], "gain" + tag)
        return node("Add", [x, "b" + tag], "norm" + tag)

    length = node("Gather", [node("Shape", ["input_ids"], "shape"), "second"], "length", axis=0)
    places = node("Slice", ["places", "zero", length, "zero"], "here")
    x = layer_norm(node("Add", [node("Gather", ["words", "input_ids"], "embedded"), places], "sum0"), "0")
    mask = node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    away = node("Mul", [node("Sub", ["one", node("Unsqueeze", [mask, "axis1"], "row")], "not"), "much"], "away")
    for layer in "12":
        q, k, v = (node("MatMul", [x, name + layer], name + "x" + layer) for name in "qkv")
        scores = node("MatMul", [q, node("Transpose", [k], "kt" + layer, perm=[0, 2, 1])], "raw" + layer)
        scores = node("Add", [node("Div", [scores, "scale"], "scaled" + layer), away], "masked" + layer)
        seen = node("MatMul", [node("Softmax", [scores], "soft" + layer, axis=-1), v], "seen" + layer)
        x = layer_norm(node("Add", [x, node("MatMul", [seen, "o" + layer], "out" + layer)], "res" + layer), layer)
    x = node("Relu", [node("Add", [node("MatMul", [x, "up"], "ff"), "upb"], "ffb")], "act")
    node("Add", [node("MatMul", [x, "down"], "last"), "downb"], "logits")
    whole = lambda name: helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
    graph = helper.make_graph(nodes, "names", [whole("input_ids"), whole("attention_mask")], [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "sequence", len(LABELS)])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, HERE / "model.onnx")


if __name__ == "__main__":
    export(train())
    tokenizer().save(str(HERE / "tokenizer.json"), pretty=False)
    config = {"architectures": ["BertForTokenClassification"], "max_position_embeddings": LONGEST,
              "id2label": {str(id): label for id, label in enumerate(LABELS)}}
    (HERE / "config.json").write_text(json.dumps(config, indent=1) + "\n")
