/** Whether the reader has something selected, also where a selection inside a shadow tree is hidden from the document. */
export function hasSelection(node: Node): boolean {
  const root = node.getRootNode() as Document & { getSelection?: () => Selection | null };
  return (root.getSelection?.() ?? document.getSelection())?.type === 'Range';
}
