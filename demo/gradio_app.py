"""The same providers in Gradio. Run it: python demo/gradio_app.py"""

import os

from chatwidget.gradio import chat_interface
from chatwidget.providers import Demo, OpenAI

provider = OpenAI("gpt-5-mini") if os.environ.get("OPENAI_API_KEY") else Demo()
demo = chat_interface(provider, title="Ask us")

if __name__ == "__main__":
    demo.launch(server_port=int(os.environ.get("PORT", "7860")))
