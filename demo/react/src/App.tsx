import { useState } from 'react';
import 'chatwidget/react';

const suggestions = ['Show me markdown'];

export function App() {
  const [took, setTook] = useState<number | null>(null);
  return (
    <main>
      <h1>chatwidget in React</h1>
      <chat-widget endpoint="/chat" mode="inline" suggestions={suggestions} onchatwidget-answer={({ detail }) => setTook(detail.timing.totalMs)} />
      <p id="took">{took === null ? 'Ask something' : `Answered in ${Math.round(took)} ms`}</p>
    </main>
  );
}
