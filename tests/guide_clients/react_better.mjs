// "Frontend: React, Step 2": sendMessage as it stands in the guide.
import { message, useState } from './page.mjs';

const [, setResponse] = useState('response', '');
const [, setIsStreaming] = useState('isStreaming', false);
const [, setError] = useState('error', null);
const isStreaming = false;

  const sendMessage = async () => {
    if (!message.trim() || isStreaming) return;

    setResponse('');
    setError(null);
    setIsStreaming(true);

    try {
      const response = await fetch('/chat/stream', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ message })
      });

      if (!response.ok) {
        throw new Error(`HTTP ${response.status}`);
      }

      const reader = response.body?.getReader();
      const decoder = new TextDecoder();

      if (!reader) throw new Error('No reader');

      let buffer = '';

      while (true) {
        const { done, value } = await reader.read();
        if (done) break;

        buffer += decoder.decode(value, { stream: true });

        // Process complete SSE messages
        const lines = buffer.split('\n\n');
        buffer = lines.pop() || ''; // Keep incomplete message in buffer

        for (const line of lines) {
          if (!line.startsWith('data: ')) continue;

          const data = line.slice(6).trim();

          if (data === '[DONE]') {
            setIsStreaming(false);
            break;
          }

          try {
            const parsed = JSON.parse(data);

            if (parsed.error) {
              setError(parsed.error);
              setIsStreaming(false);
              break;
            }

            if (parsed.content) {
              setResponse(prev => prev + parsed.content);
            }

            if (parsed.done) {
              setIsStreaming(false);
            }
          } catch {
            // Plain text fallback
            setResponse(prev => prev + data);
          }
        }
      }
    } catch (error) {
      setError(error instanceof Error ? error.message : 'Unknown error');
      setIsStreaming(false);
    }
  };

await sendMessage();
