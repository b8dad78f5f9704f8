"""A chat widget that streams LLM answers into any web page."""

from chatwidget.app import ChatWidget as ChatWidget
from chatwidget.chunks import Data as Data
from chatwidget.chunks import ReasoningDelta as ReasoningDelta
from chatwidget.chunks import SourceUrl as SourceUrl
from chatwidget.chunks import Status as Status
from chatwidget.chunks import StepEnd as StepEnd
from chatwidget.chunks import Suggestions as Suggestions
from chatwidget.chunks import TextDelta as TextDelta
from chatwidget.config import Attachments as Attachments
from chatwidget.config import History as History
from chatwidget.config import Limits as Limits
from chatwidget.config import Timeouts as Timeouts
from chatwidget.errors import ChatError as ChatError
from chatwidget.errors import ProviderError as ProviderError
from chatwidget.files import StoredFile as StoredFile
from chatwidget.providers.base import ChatRequest as ChatRequest
from chatwidget.providers.base import Provider as Provider
from chatwidget.tools import ToolError as ToolError
from chatwidget.tools import tool as tool
from chatwidget.version import __version__ as __version__
