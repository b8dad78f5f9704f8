// What the guide's clients find around them in a page: an address to be relative to, React's
// setters, and someone who looks. Every change is one line of JSON on stdout.

const [, , origin, message] = process.argv;

const browserFetch = globalThis.fetch;
globalThis.fetch = (path, init) => browserFetch(new URL(path, origin), init);

/** `[name, setName]` as in React, but seen from outside. */
function useState(name, initial) {
  let value = initial;
  const set = (next) => {
    value = typeof next === 'function' ? next(value) : next;
    console.log(JSON.stringify({ [name]: value }));
  };
  return [() => value, set];
}

export { message, useState };
