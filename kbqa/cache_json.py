"""How values lie in Redis: JSON, never pickle, so a foreign value can do nothing."""

import orjson


class JsonSerializer:
    """Django's cache serializer interface over JSON."""

    def dumps(self, value: object) -> bytes | int:
        # whole numbers stay bare, so that Redis can count with them
        return value if isinstance(value, int) and not isinstance(value, bool) else orjson.dumps(value)

    def loads(self, value: bytes | int) -> object:
        return value if isinstance(value, int) else orjson.loads(value)
