// Names that nobody else has chosen; `crypto.randomUUID` is not there over plain HTTP.

/** Twenty letters and digits. */
export function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}
