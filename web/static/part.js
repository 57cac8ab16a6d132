// Parts of pages, as the server's templates make them.
const PATIENCE = 60_000; // milliseconds

// Gives a page and what is wanted of it, or, where that is refused, the problem; throws if neither came.
export async function fetchPart(address, wanted, options) {
  const response = await fetch(address, {
    ...options,
    headers: { Accept: "text/html" },
    signal: AbortSignal.timeout(PATIENCE),
  });
  const part = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = part.querySelector(response.ok ? wanted : "[data-problem]");
  if (!found) throw new TypeError("neither what is wanted nor a problem came");
  return { ok: response.ok, part, found };
}
