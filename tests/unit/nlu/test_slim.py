"""Rasa without the libraries it never needs here, tried in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import distributions
from typing import Any

import pytest

from bot.settings import ROOT
from nlu.slim import GUARDED, MissingLibrary

_PROBE = '''
import importlib.util, json, sys
sent = []
def watch(event, args):
    if event in {"socket.connect", "socket.getaddrinfo",
    "socket.sendto"} or (event == "socket.bind" and args[1][0] not in {"::1", "127.0.0.1"}):
        sent.append([event, str(args[1:])])
sys.addaudithook(watch)

from nlu import slim
missing = sorted(name for name in slim.GUARDED if not slim._installed(name))
slim.prepare()
finders = len(sys.meta_path)
slim.prepare()
out = {"finders_added_by_second_prepare": len(sys.meta_path) - finders, "missing": missing}

import rasa.core.agent
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
out["sent"] = sent
out["telemetry"] = __import__("os").environ["RASA_TELEMETRY_ENABLED"]
out["agent"] = rasa.core.agent.Agent.__name__

import mattermostwrapper
out["installed_is_real"] = mattermostwrapper.MARK

def trouble(use):
    try:
        use()
    except ImportError as error:
        return [type(error).__name__, str(error), error.name]
    return None

import tensorflow as tf
import pymongo
from tensorflow.keras.layers import Layer
class Subclass(Layer):
    """Subclassing is no use."""
out["uses"] = {
    "function": trouble(lambda: tf.constant(1)),
    "nested": trouble(lambda: tf.keras.optimizers.Adam(0.1)),
    "class": trouble(lambda: pymongo.MongoClient("mongodb://127.0.0.1")),
    "subclass": trouble(lambda: Subclass()),
}
out["silent"] = trouble(lambda: tf.random.set_seed(1))

from rasa.model_training import train_nlu
try:
    train_nlu("config.yml", "nlu.yml", "out", domain="domain.yml")
    out["diet"] = []
except Exception as error:
    chain = []
    while error is not None:
        chain.append([type(error).__name__, str(error)])
        error = error.__cause__ or error.__context__
    out["diet"] = chain
print("RESULT " + json.dumps(out))
'''

_DIET_PROJECT = {
    "config.yml": "recipe: default.v1\nlanguage: vi\nassistant_id: thu\npipeline:\n  - name: WhitespaceTokenizer\n"
    "  - name: CountVectorsFeaturizer\n  - name: DIETClassifier\n    epochs: 1\npolicies:\n  - name: RulePolicy\n",
    "domain.yml": 'version: "3.1"\nintents: [chao, biet]\n',
    "nlu.yml": 'version: "3.1"\nnlu:\n  - intent: chao\n    examples: |\n      - xin chào\n      - chào bạn\n'
    "  - intent: biet\n    examples: |\n      - tạm biệt\n      - hẹn gặp lại\n",
}


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh process found: rasa.core.agent imported through the guard, stand-ins used, a DIET model trained."""
    if any(distribution.name.lower() in {"tensorflow", "tensorflow-cpu"} for distribution in distributions()):
        pytest.skip("TensorFlow is installed: there is nothing to stand in for")
    folder = tmp_path_factory.mktemp("slim")
    for name, content in _DIET_PROJECT.items():
        (folder / name).write_text(content, encoding="utf-8")
    installed = folder / "installed" / "mattermostwrapper"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("MARK = 'real'\nclass MMApi: ...\n", encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder / "installed")]),
        "RASA_TELEMETRY_ENABLED": "true",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROBE], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stderr[-3000:]
    return dict(json.loads(lines[0].removeprefix("RESULT ")))


def test_every_guarded_library_has_its_reason() -> None:
    """Nobody has to guess why something is left out."""
    assert len(GUARDED) > 15
    assert all(len(reason.split()) >= 3 for reason in GUARDED.values())


def test_import_of_rasa_works_without_them(probe: dict[str, Any]) -> None:
    """TensorFlow is not installed here, and the agent imports all the same."""
    assert "tensorflow" in probe["missing"]
    assert probe["agent"] == "Agent"


def test_import_of_rasa_reaches_nobody(probe: dict[str, Any]) -> None:
    """No address is looked up, no connection opened, telemetry is off even where the environment asks for it."""
    assert probe["sent"] == []
    assert probe["telemetry"] == "false"


def test_preparing_twice_is_preparing_once(probe: dict[str, Any]) -> None:
    """Every entry point may call it."""
    assert probe["finders_added_by_second_prepare"] == 0


def test_guard_stands_aside_for_what_is_installed(probe: dict[str, Any]) -> None:
    """Whoever installs a guarded library gets the library."""
    assert probe["installed_is_real"] == "real"


@pytest.mark.parametrize(
    ("use", "library"), [("function", "tensorflow"), ("nested", "tensorflow"), ("class", "pymongo"), ("subclass", "tensorflow")]
)
def test_using_a_stand_in_tells_library_reason_and_cure(probe: dict[str, Any], use: str, library: str) -> None:
    """Importing, subclassing and decorating are free; using is not."""
    kind, message, name = probe["uses"][use]
    assert kind == "MissingLibrary"
    assert f"{library} is not installed here: {GUARDED[library]}" in message
    assert "config.yml" in message
    assert "install" in message.rsplit(". ", 1)[-1]
    assert use == "subclass" or name.startswith(library)


def test_rasas_own_harmless_calls_pass(probe: dict[str, Any]) -> None:
    """Rasa seeds TensorFlow whatever the pipeline."""
    assert probe["silent"] is None


def test_training_with_diet_says_what_is_missing(probe: dict[str, Any]) -> None:
    """A trainer who puts DIETClassifier into config.yml learns why it does not run."""
    names = [name for name, _ in probe["diet"]]
    assert "MissingLibrary" in names
    message = dict(probe["diet"])["MissingLibrary"]
    assert "is not installed here" in message
    assert "Remove the component that needs it from config.yml, or install it" in message


def test_cure_for_diet_names_what_to_install(probe: dict[str, Any]) -> None:
    """Keras alone does not make DIET run; TensorFlow does."""
    assert "tensorflow" in dict(probe["diet"])["MissingLibrary"]


def test_missing_library_is_an_import_error() -> None:
    """Code that tries an optional import and goes on without it still does."""
    error = MissingLibrary("tensorflow.keras.Model")
    assert isinstance(error, ImportError)
    assert error.name == "tensorflow.keras.Model"


def test_sums_stay_in_one_thread() -> None:
    """Also where numpy was loaded first, as the server's own modules do: a second thread would spin beside every turn."""
    probe = (
        "import json, numpy, bot.agent, scipy.linalg, threadpoolctl\n"
        "print(json.dumps([[pool['internal_api'], pool['num_threads']] for pool in threadpoolctl.threadpool_info()]))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    pools = json.loads(done.stdout.splitlines()[-1])
    assert [threads for api, threads in pools if api == "openblas"] == [1, 1], pools
