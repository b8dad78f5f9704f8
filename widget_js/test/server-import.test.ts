// @vitest-environment node
import { expect, it } from 'vitest';

it('can be imported where there is no page', async () => {
  expect(globalThis.document).toBeUndefined();
  const { ChatWidget } = await import('../src/widget');
  expect(ChatWidget.observedAttributes).toContain('endpoint');
  await import('../src/chat-panel');
});
