from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Description(_message.Message):
    __slots__ = ("engine_id", "dimension", "max_tokens", "encoder_fingerprint", "reader_fingerprint", "can_generate", "is_ready", "generator_fingerprint")
    ENGINE_ID_FIELD_NUMBER: _ClassVar[int]
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    ENCODER_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    READER_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    CAN_GENERATE_FIELD_NUMBER: _ClassVar[int]
    IS_READY_FIELD_NUMBER: _ClassVar[int]
    GENERATOR_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    engine_id: int
    dimension: int
    max_tokens: int
    encoder_fingerprint: str
    reader_fingerprint: str
    can_generate: bool
    is_ready: bool
    generator_fingerprint: str
    def __init__(self, engine_id: _Optional[int] = ..., dimension: _Optional[int] = ..., max_tokens: _Optional[int] = ..., encoder_fingerprint: _Optional[str] = ..., reader_fingerprint: _Optional[str] = ..., can_generate: _Optional[bool] = ..., is_ready: _Optional[bool] = ..., generator_fingerprint: _Optional[str] = ...) -> None: ...

class VocabularyRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Piece(_message.Message):
    __slots__ = ("content",)
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    def __init__(self, content: _Optional[bytes] = ...) -> None: ...

class EmbedRequest(_message.Message):
    __slots__ = ("texts",)
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    texts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, texts: _Optional[_Iterable[str]] = ...) -> None: ...

class Vectors(_message.Message):
    __slots__ = ("engine_id", "values")
    ENGINE_ID_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    engine_id: int
    values: bytes
    def __init__(self, engine_id: _Optional[int] = ..., values: _Optional[bytes] = ...) -> None: ...

class ReadRequest(_message.Message):
    __slots__ = ("question", "passages", "max_spans", "contexts")
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    PASSAGES_FIELD_NUMBER: _ClassVar[int]
    MAX_SPANS_FIELD_NUMBER: _ClassVar[int]
    CONTEXTS_FIELD_NUMBER: _ClassVar[int]
    question: str
    passages: _containers.RepeatedScalarFieldContainer[str]
    max_spans: int
    contexts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, question: _Optional[str] = ..., passages: _Optional[_Iterable[str]] = ..., max_spans: _Optional[int] = ..., contexts: _Optional[_Iterable[str]] = ...) -> None: ...

class Span(_message.Message):
    __slots__ = ("passage", "start", "end", "sentence_start", "sentence_end", "score")
    PASSAGE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_START_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_END_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    passage: int
    start: int
    end: int
    sentence_start: int
    sentence_end: int
    score: float
    def __init__(self, passage: _Optional[int] = ..., start: _Optional[int] = ..., end: _Optional[int] = ..., sentence_start: _Optional[int] = ..., sentence_end: _Optional[int] = ..., score: _Optional[float] = ...) -> None: ...

class Reading(_message.Message):
    __slots__ = ("engine_id", "spans", "confidence", "passage_scores", "abstain_below", "degraded", "signals")
    class SignalsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    ENGINE_ID_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    PASSAGE_SCORES_FIELD_NUMBER: _ClassVar[int]
    ABSTAIN_BELOW_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    engine_id: int
    spans: _containers.RepeatedCompositeFieldContainer[Span]
    confidence: float
    passage_scores: _containers.RepeatedScalarFieldContainer[float]
    abstain_below: float
    degraded: bool
    signals: _containers.ScalarMap[str, float]
    def __init__(self, engine_id: _Optional[int] = ..., spans: _Optional[_Iterable[_Union[Span, _Mapping]]] = ..., confidence: _Optional[float] = ..., passage_scores: _Optional[_Iterable[float]] = ..., abstain_below: _Optional[float] = ..., degraded: _Optional[bool] = ..., signals: _Optional[_Mapping[str, float]] = ...) -> None: ...

class Message(_message.Message):
    __slots__ = ("role", "content", "passages")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    PASSAGES_FIELD_NUMBER: _ClassVar[int]
    role: str
    content: str
    passages: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, role: _Optional[str] = ..., content: _Optional[str] = ..., passages: _Optional[_Iterable[str]] = ...) -> None: ...

class Turns(_message.Message):
    __slots__ = ("messages",)
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[Message]
    def __init__(self, messages: _Optional[_Iterable[_Union[Message, _Mapping]]] = ...) -> None: ...

class Sampling(_message.Message):
    __slots__ = ("max_tokens", "temperature", "top_p", "top_k", "seed", "stop")
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    TOP_P_FIELD_NUMBER: _ClassVar[int]
    TOP_K_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    max_tokens: int
    temperature: float
    top_p: float
    top_k: int
    seed: int
    stop: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, max_tokens: _Optional[int] = ..., temperature: _Optional[float] = ..., top_p: _Optional[float] = ..., top_k: _Optional[int] = ..., seed: _Optional[int] = ..., stop: _Optional[_Iterable[str]] = ...) -> None: ...

class GenerateRequest(_message.Message):
    __slots__ = ("text", "turns", "sampling")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TURNS_FIELD_NUMBER: _ClassVar[int]
    SAMPLING_FIELD_NUMBER: _ClassVar[int]
    text: str
    turns: Turns
    sampling: Sampling
    def __init__(self, text: _Optional[str] = ..., turns: _Optional[_Union[Turns, _Mapping]] = ..., sampling: _Optional[_Union[Sampling, _Mapping]] = ...) -> None: ...

class TokenEvent(_message.Message):
    __slots__ = ("text", "finish", "num_prompt_tokens", "num_cached_tokens", "num_tokens")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    NUM_PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    NUM_CACHED_TOKENS_FIELD_NUMBER: _ClassVar[int]
    NUM_TOKENS_FIELD_NUMBER: _ClassVar[int]
    text: str
    finish: str
    num_prompt_tokens: int
    num_cached_tokens: int
    num_tokens: int
    def __init__(self, text: _Optional[str] = ..., finish: _Optional[str] = ..., num_prompt_tokens: _Optional[int] = ..., num_cached_tokens: _Optional[int] = ..., num_tokens: _Optional[int] = ...) -> None: ...

class MetricsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Counts(_message.Message):
    __slots__ = ("values",)
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.ScalarMap[str, float]
    def __init__(self, values: _Optional[_Mapping[str, float]] = ...) -> None: ...
