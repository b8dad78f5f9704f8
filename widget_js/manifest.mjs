/** The custom-elements manifest, for editors and catalogues, from the comments and methods of the element's class. */
import { about, documented, SOURCE } from './documented.mjs';

const LIFECYCLE = /^(constructor|\w+Callback)$/;

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
const type = (text) => ({ type: { text } });
const described = ({ name, about }) => ({ name, ...(about && { description: about }) });

/** `'bubble' | 'inline'` for `bubble|inline`. */
const written = (words) => type(words.includes('|') ? words.split('|').map((word) => `'${word}'`).join(' | ') : words);

function methods() {
  const found = [...SOURCE.matchAll(/(?:^ {2}\/\*\* (.*) \*\/\n)?^ {2}(?:async )?([a-z]\w*)\((.*)\): ([^{]+) \{$/gm)].filter(([, , name]) => !LIFECYCLE.test(name));
  return found.map(([, about, name, parameters, result]) => ({
    kind: 'method',
    ...described({ name, about }),
    parameters: [...parameters.matchAll(/(\w+): (\w+)/g)].map(([, name, kind]) => ({ name, ...type(kind) })),
    return: type(result),
  }));
}

export function manifest(version) {
  const attributes = documented('attr');
  // `open` is called, and set.
  const own = attributes.filter(({ name }) => !['open', 'lang', 'dir'].includes(name));
  const events = Object.fromEntries([...SOURCE.matchAll(/'(chatwidget-[\w-]+)': (CustomEvent<.*>);/g)].map(([, name, text]) => [name, text]));
  const declaration = {
    kind: 'class',
    name: 'ChatWidget',
    tagName: 'chat-widget',
    customElement: true,
    description: about,
    superclass: { name: 'HTMLElement' },
    attributes: attributes.map((one) => ({ ...described(one), ...written(one.type), ...(own.includes(one) && { fieldName: camel(one.name) }) })),
    members: [
      ...own.map((one) => ({ kind: 'field', ...described({ ...one, name: camel(one.name) }), ...written(one.type), attribute: one.name })),
      ...documented('prop').map((one) => ({ kind: 'field', ...described(one), ...type(one.type) })),
      { kind: 'method', name: 'open', description: 'Opens the panel. Setting it does the same as the attribute.', parameters: [], return: type('void') },
      ...methods(),
    ],
    events: documented('fires').map((one) => ({ ...described(one), ...type(events[one.name]) })),
    slots: documented('slot').map(described),
    cssParts: documented('csspart').map(described),
    cssProperties: documented('cssprop').map(described),
    cssStates: documented('cssstate').map(described),
  };
  const module = { name: declaration.name, module: 'dist/index.js' };
  return {
    schemaVersion: '2.1.0',
    readme: '',
    package: { name: 'chatwidget', version },
    modules: [
      {
        kind: 'javascript-module',
        path: module.module,
        declarations: [declaration],
        exports: [
          { kind: 'js', name: module.name, declaration: module },
          { kind: 'custom-element-definition', name: declaration.tagName, declaration: module },
        ],
      },
    ],
  };
}
