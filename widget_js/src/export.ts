/** A conversation as a Markdown document. */
import type { Part, UIMessage } from './message';

export function markdownOf(title: string, messages: readonly UIMessage[], words: { you: string; assistant: string }): string {
  const sections = messages.map(({ role, parts, metadata }) => {
    const name = role === 'user' ? words.you : words.assistant;
    const when = metadata?.createdAt ? ` · ${metadata.createdAt.slice(0, 16).replace('T', ' ')} UTC` : '';
    return `**${name}**${when}\n\n${parts.map(block).filter(Boolean).join('\n\n')}`;
  });
  return [`# ${title}`, ...sections].join('\n\n---\n\n') + '\n';
}

function block(part: Part): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'file') return `[${part.filename ?? part.mediaType}]`;
  if (part.type === 'source-url') return `<${part.url}>`;
  return '';
}
