// Loads the page again as soon as the library is open.
const EVERY_MILLISECONDS = 2000;

async function tryAgain() {
  const response = await fetch("/api/ready").catch(() => null);
  if (response?.ok) location.reload();
  else setTimeout(tryAgain, EVERY_MILLISECONDS);
}

setTimeout(tryAgain, EVERY_MILLISECONDS);
