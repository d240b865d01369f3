"""Vietnamese tokenizer: keeps the citizen's characters, puts the normalised form in the lemma."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from core.text import Lexicon, tokenize
from core.understanding import WORDS
from nlu.components.content import content_path

__all__ = ["ViTokenizer", "normal_words"]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ViTokenizer(Tokenizer):
    """Split Vietnamese text; NFC, tone placement, Telex/VNI, teencode and dialect are undone in ``Token.lemma``.

    ``text``, ``start`` and ``end`` stay the citizen's own, so entity offsets are right for any input.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Defaults: intents are not split; the lexicon is that of the project."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
            "lexicon": "data/lexicon",
        }

    def __init__(self, config: dict[str, Any]) -> None:
        """Read the lexicon named in `config`."""
        super().__init__(config)
        self._lexicon = Lexicon.load(content_path(config["lexicon"]))

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Tokens of one attribute of a message."""
        text = message.get(attribute)
        lexicon = self._lexicon if attribute == TEXT else None
        return [Token(token.text, token.start, token.end, lemma=token.norm) for token in tokenize(text, lexicon)]

    def process(self, messages: list[Message]) -> list[Message]:
        """Tokenize incoming messages; their normalised words become part of the parse result."""
        for message in super().process(messages):
            message.set(WORDS, normal_words(message), add_to_output=True)
        return messages


def normal_words(message: Message) -> list[str]:
    """The normalised words of a tokenised message, in order."""
    return " ".join(token.lemma for token in message.get("text_tokens", [])).split()
