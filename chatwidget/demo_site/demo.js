// The words on the page are questions one click away.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-ask]');
  if (!button) return;
  await customElements.whenDefined('chat-widget');
  const chat = document.querySelector('chat-widget');
  if (chat.getAttribute('mode') === 'inline') chat.scrollIntoView({ block: 'nearest' });
  else chat.open();
  await chat.send(button.dataset.ask);
});
