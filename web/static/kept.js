// Keeps a conversation over a reload and a walk through the site's other pages: in sessionStorage,
// which is this tab's alone and ends with it. localStorage would show it to whoever uses the browser
// next, and two tabs would write over each other. What is kept are the questions; the answers are
// asked again. Without storage the page works, and forgets.
const PREFIX = "conversation ";
const DRAFT = "draft ";
const LATEST = "latest conversation";

function read(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // blocked or full
  }
}

export function conversationNamed(name) {
  return {
    name,
    turns: () => JSON.parse(read(PREFIX + name) ?? "[]"),
    keep: (turns) => write(PREFIX + name, JSON.stringify(turns)),
    forget: () => write(PREFIX + name, null),
    draft: () => read(DRAFT + name) ?? "",
    keepDraft: (typed) => write(DRAFT + name, typed || null),
  };
}

// An entry of the history has its own conversation; a new one continues the latest, unless
// the server has put one there.
export function openConversation(isGiven) {
  const known = history.state?.conversation ?? (isGiven ? null : read(LATEST));
  const name = known ?? Date.now().toString(36) + Math.random().toString(36).slice(2);
  const kept = conversationNamed(name);
  return {
    ...kept,
    keep(turns) {
      kept.keep(turns);
      write(LATEST, name);
    },
    keepDraft(typed) {
      kept.keepDraft(typed);
      if (typed) write(LATEST, name);
    },
    forget() {
      kept.forget();
      write(LATEST, null);
    },
  };
}
