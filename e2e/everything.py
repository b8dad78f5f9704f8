"""An answer that holds one of each: whatever the widget can draw, it draws for this one."""

from chatwidget.chunks import (
    ReasoningDelta,
    SourceUrl,
    ToolInputAvailable,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
)
from chatwidget.providers.scripted import Line

MARKDOWN = """\
# A title

Some **bold**, *slanted*, ~~gone~~ and `code`, and [a link](https://example.org/).

- one
- two
  1. inside
- [x] done
- [ ] to do

> A quote.

| left | right |
|:-----|------:|
| 1    | 2     |

```python
print("a line of code that is much too long for any chat, so that its box has to scroll", 1)
```

---

The end: Grüße, 日本語, 👩‍👩‍👧‍👦.
"""

STEPS = 3
"""Lines that open: a thought and two tools."""

EVERYTHING: tuple[Line, ...] = (
    ReasoningDelta("Let me *see* what there is."),
    ToolInputStart("call_1", "look_up", title="Look up an order"),
    ToolInputAvailable("call_1", "look_up", {"order": "A-1042"}, provider_executed=True),
    ToolOutputAvailable("call_1", {"state": "sent"}, provider_executed=True),
    ToolInputStart("call_2", "track"),
    ToolInputAvailable("call_2", "track", {"order": "A-1042"}, provider_executed=True),
    ToolOutputError("call_2", "The carrier does not answer.", provider_executed=True),
    *(MARKDOWN[at : at + 7] for at in range(0, len(MARKDOWN), 7)),
    SourceUrl("source_1", "https://example.org/orders", title="About orders"),
)
