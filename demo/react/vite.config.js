import { defineConfig } from 'vite';

export default defineConfig({
  // The chat, as `chatwidget demo` serves it.
  server: { proxy: { '/chat': 'http://127.0.0.1:8000' } },
});
