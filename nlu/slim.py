"""Import Rasa without the heavy libraries it imports and this product never uses.

Rasa's agent and default recipe import TensorFlow and the SDK of every channel and broker when they are imported,
whatever the pipeline. A finder placed first on ``sys.meta_path`` answers for those of them that are not installed
with inert modules. Importing, subclassing and decorating with a stand-in works; *using* one afterwards (a
DIETClassifier in config.yml, say) raises `MissingLibrary` with the cure.

Our own entry points call `prepare` once, before the first import of rasa. It also switches off Rasa's telemetry and
error reports, which would otherwise open outside connections.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
import warnings
from collections.abc import Sequence
from typing import Any

import threadpoolctl  # type: ignore[import-untyped]  # brings no types

__all__ = ["GUARDED", "MissingLibrary", "prepare", "run_stock_command"]

GUARDED: dict[str, str] = {
    "tensorflow": "imported by rasa.core.agent and the default recipe; used by DIET, TED and ResponseSelector only",
    "tensorflow_text": "imported with the ConveRT and BERT featurizers; not used",
    "tensorflow_hub": "imported with the ConveRT featurizer; not used",
    "keras": "part of tensorflow, imported with it; not used",
    "matplotlib": "imported by rasa.utils.plotting; `rasa test` plots are replaced by `troly evaluate`",
    "twilio": "Twilio channel; not used",
    "aiogram": "Rasa's own Telegram channel; ours is bot.channels.telegram",
    "slack_sdk": "Slack channel; not used",
    "webexteamssdk": "Webex channel; not used",
    "rocketchat_API": "Rocket.Chat channel; not used",
    "fbmessenger": "Facebook channel; not used",
    "mattermostwrapper": "Mattermost channel; not used",
    "pymongo": "MongoDB tracker store; not used",
    "boto3": "S3 model storage; not used",
    "botocore": "DynamoDB tracker store; not used",
    "confluent_kafka": "Kafka event broker; not used",
    "aio_pika": "RabbitMQ event broker; not used",
    "aiormq": "RabbitMQ event broker; not used",
    "google.auth": "Hangouts channel; not used",
    "google.oauth2": "Hangouts channel; not used",
    "google.cloud": "Google Cloud model storage; not used",
    "psycopg2": "Rasa's SQL tracker store on PostgreSQL; ours is bot.tracker",
    "redis": "Redis tracker and lock store; not used",
}
"""Guarded modules (with all below them), each with the reason why Rasa asks for it."""

_ONLY_WITH_TENSORFLOW = ("rasa.utils.tensorflow.model_data", "rasa.utils.tensorflow.data_generator")
"""Rasa's own modules that only its TensorFlow components use; they alone bring in scikit-learn and scipy.stats at start."""

_INERT_CALLS = frozenset({"tensorflow.random.set_seed", "tensorflow.config"})


class MissingLibrary(ImportError):
    """A library that is deliberately not installed was used, not merely imported."""

    def __init__(self, name: str) -> None:
        top = next((guarded for guarded in GUARDED if name == guarded or name.startswith(guarded + ".")), name)
        super().__init__(
            f"{name} was used, but {top} is not installed here: {GUARDED.get(top, 'guarded')}. "
            f"Remove the component that needs it from config.yml, or install it: uv pip install {top}",
            name=name,
        )


def _importing() -> bool:
    """Whether the current call happens while some module is being imported."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back  # type: ignore[assignment]  # ends with None
    return False


class _Meta(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _make(f"{cls.__module__}.{cls.__qualname__}.{name}")


class _StandIn(metaclass=_Meta):
    """Anything of a guarded library: may be subclassed, decorated with and called while importing, not later."""

    _guarded_name = "stand-in"

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if not _importing() and not any(cls._guarded_name.startswith(inert) for inert in _INERT_CALLS):
            raise MissingLibrary(cls._guarded_name)
        if len(args) == 1 and callable(args[0]) and not kwargs:
            return args[0]
        return super().__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __init_subclass__(cls, **kwargs: Any) -> None: ...

    def __class_getitem__(cls, item: Any) -> Any:
        return cls

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not _importing():
            raise MissingLibrary(self._guarded_name)
        return args[0] if len(args) == 1 and callable(args[0]) and not kwargs else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _make(f"{self._guarded_name}.{name}")


def _make(full_name: str) -> Any:
    module, _, name = full_name.rpartition(".")
    return _Meta(name, (_StandIn,), {"__module__": module, "_guarded_name": full_name})


class _Module(types.ModuleType):
    __path__: list[str] = []  # noqa: RUF012  # the import system wants a plain list here

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _make(f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made


class _Guard(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if any(name == guarded or name.startswith(guarded + ".") for guarded in self.names):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None: ...


def _hush() -> None:
    """Rasa and the libraries it pins warn about their own age on every start; Sanic turns such warnings on."""
    import sanic.app  # noqa: F401  # so that the filters below come after its own
    from sqlalchemy.exc import MovedIn20Warning

    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=MovedIn20Warning)


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the parent package is missing too
        return False


def prepare() -> None:
    """Make ``import rasa`` slim and silent. Call before the first import of rasa; calling it again does nothing."""
    if any(isinstance(finder, _Guard) for finder in sys.meta_path):
        return
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    _share_no_sums()
    _hush()
    from packaging import version

    # Rasa imports a class that packaging 22 removed, only to test for it; an empty class keeps packaging current.
    if not hasattr(version, "LegacyVersion"):
        version.LegacyVersion = type("LegacyVersion", (version.Version,), {})  # type: ignore[attr-defined]  # see above
    missing = frozenset(name for name in GUARDED if not _installed(name))
    if "tensorflow" in missing:
        missing |= frozenset(_ONLY_WITH_TENSORFLOW)
    sys.meta_path.insert(0, _Guard(missing))


def _share_no_sums() -> None:
    """One message is too small a sum to share out: OpenBLAS's other threads only spin, a core's worth, and hold memory.

    The variable reaches what is loaded later and processes started from here; numpy, and with it its OpenBLAS, may be loaded.
    """
    threads = os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    threadpoolctl.threadpool_limits(int(threads) if threads.isdecimal() else 1)


def run_stock_command(arguments: Sequence[str], project: str) -> None:
    """Run a stock Rasa command (``["data", "validate"]``) on the project in the folder `project`."""
    prepare()
    from rasa.__main__ import main

    sys.argv = ["rasa", *arguments]
    sys.path.insert(0, project)
    main()
