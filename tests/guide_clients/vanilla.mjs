// "Alternative: Vanilla JavaScript": the class as it stands in the guide.
import { message, useState } from './page.mjs';

const [, setResponse] = useState('response', '');
const [, setIsStreaming] = useState('isStreaming', false);
const [, setError] = useState('error', null);

class StreamingChat {
  constructor(endpoint = '/chat/stream') {
    this.endpoint = endpoint;
    this.isStreaming = false;
  }

  async sendMessage(message, onChunk, onComplete, onError) {
    if (this.isStreaming) {
      console.warn('Already streaming');
      return;
    }

    this.isStreaming = true;

    try {
      const response = await fetch(this.endpoint, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ message })
      });

      if (!response.ok) {
        throw new Error(`HTTP ${response.status}`);
      }

      const reader = response.body.getReader();
      const decoder = new TextDecoder();

      while (true) {
        const { done, value } = await reader.read();
        if (done) break;

        const chunk = decoder.decode(value);
        const lines = chunk.split('\n');

        for (const line of lines) {
          if (line.startsWith('data: ')) {
            const data = line.slice(6);

            if (data === '[DONE]') {
              this.isStreaming = false;
              onComplete();
              return;
            }

            try {
              const parsed = JSON.parse(data);
              if (parsed.content) {
                onChunk(parsed.content);
              }
              if (parsed.error) {
                throw new Error(parsed.error);
              }
            } catch (e) {
              if (e instanceof SyntaxError) {
                onChunk(data);
              } else {
                throw e;
              }
            }
          }
        }
      }

      this.isStreaming = false;
      onComplete();
    } catch (error) {
      this.isStreaming = false;
      onError(error);
    }
  }
}

const chat = new StreamingChat('/chat/stream');
setIsStreaming(true);
await chat.sendMessage(
  message,
  (chunk) => setResponse((text) => text + chunk),
  () => setIsStreaming(false),
  (error) => setError(error.message),
);
