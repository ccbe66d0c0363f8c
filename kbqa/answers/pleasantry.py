"""Hello and thank you: no question, so nothing is looked for and nothing is shown as coming near."""

import re

from .cache import Kept, Level
from .events import Abstained

_ENGLISH = (
    r"(?:hi|hey|hello|hi there|hello there|hey there|good (?:morning|afternoon|evening|day)|greetings|howdy|how are you"
    r"|how do you do|nice to meet you|thanks?|thank you|thanks a lot|many thanks|thanks so much|thank you so much"
    r"|thank you very much|thx|cheers|ok|okay|ok,? thanks|great|great,? thanks|perfect|got it|bye|goodbye|see you)"
)
_CHINESE = (
    r"(?:你好|您好|你们好|大家好|嗨|哈喽|早上好|下午好|晚上好|早安|晚安|谢谢你?|谢谢您|謝謝|多谢|多謝|感谢"
    r"|好的(?:[，,]?谢谢)?|再见|拜拜)[啊呀了吗呢哦]?"
)
_ALL = re.compile(rf"{_ENGLISH}(?:[ ,]+(?:kbqa|there|again|everyone|all))?|{_CHINESE}", re.IGNORECASE)
_EDGES = " \t\r\n.,!?~;:)(。，！？～…、😀😊🙂👋🙏👍"


def pleasantry(question: str) -> Kept | None:
    """The end of a turn in which nobody asked anything; None for a question."""
    if _ALL.fullmatch(question.strip(_EDGES)) is None:
        return None
    return Kept((Abstained(0.0, ()),), Level.PLEASANTRY)
