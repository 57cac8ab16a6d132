// Parts of pages, as the server's templates make them.
const PATIENCE = 60_000; // milliseconds

export async function fetchPart(address, options) {
  const response = await fetch(address, {
    ...options,
    headers: { Accept: "text/html" },
    signal: AbortSignal.timeout(PATIENCE),
  });
  const part = new DOMParser().parseFromString(await response.text(), "text/html");
  return { ok: response.ok, part };
}
