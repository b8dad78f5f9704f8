// "Frontend: React, Step 1": sendMessage as it stands in the guide.
import { message, useState } from './page.mjs';

const [, setResponse] = useState('response', '');
const [, setIsStreaming] = useState('isStreaming', false);

  const sendMessage = async () => {
    setResponse('');
    setIsStreaming(true);

    try {
      const response = await fetch('/chat/stream', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ message })
      });

      const reader = response.body?.getReader();
      const decoder = new TextDecoder();

      if (!reader) {
        throw new Error('No reader available');
      }

      while (true) {
        const { done, value } = await reader.read();
        if (done) break;

        // Decode chunk
        const chunk = decoder.decode(value);

        // Parse SSE format (data: content\n\n)
        const lines = chunk.split('\n');

        for (const line of lines) {
          if (line.startsWith('data: ')) {
            const data = line.slice(6);

            if (data === '[DONE]') {
              setIsStreaming(false);
              break;
            }

            try {
              const parsed = JSON.parse(data);
              if (parsed.content) {
                setResponse(prev => prev + parsed.content);
              }
            } catch {
              // Plain text mode
              setResponse(prev => prev + data);
            }
          }
        }
      }
    } catch (error) {
      console.error('Streaming error:', error);
      setIsStreaming(false);
    }
  };

await sendMessage();
