import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  // Else Vue looks for a component of that name.
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'chat-widget' } } })],
  // The chat, as `chatwidget demo` serves it.
  server: { proxy: { '/chat': 'http://127.0.0.1:8000' } },
});
