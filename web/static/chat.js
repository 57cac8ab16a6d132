// Enhances the chat: no reload, the keyboard, the article beside it. Every word shown comes
// ready-made from the server's templates; without this script the form does the same work.
const CARRIED = 20; // as many earlier questions as the server reads

const form = document.getElementById("ask");
const box = document.getElementById("question");
const conversation = document.getElementById("conversation");
const announcer = document.getElementById("announcer");
const problemSlot = document.getElementById("problem-slot");
const pane = document.getElementById("pane");
const select = document.getElementById("article");
const wide = matchMedia("(min-width: 64rem)");
document.documentElement.classList.add("scripted");

async function fetchPart(address, options) {
  const response = await fetch(address, { ...options, headers: { Accept: "text/html" } });
  const part = new DOMParser().parseFromString(await response.text(), "text/html");
  return { ok: response.ok, part };
}

function busy(is) {
  form.toggleAttribute("data-busy", is);
  form.setAttribute("aria-busy", String(is));
}

function showProblem(problem) {
  problemSlot.replaceChildren(problem);
  box.setAttribute("aria-invalid", "true");
}

function clearProblem() {
  problemSlot.replaceChildren();
  box.removeAttribute("aria-invalid");
}

function carriedTurns() {
  return [...document.querySelectorAll("input[name=turn]")].map((input) => input.value);
}

// Coming back from an article, or loading again, finds the conversation as it was.
async function restore() {
  const turns = history.state?.turns ?? [];
  if (!turns.length || carriedTurns().length) return;
  const sent = new FormData();
  for (const turn of turns) sent.append("turn", turn);
  const { part } = await fetchPart(form.getAttribute("action"), { method: "POST", body: sent });
  conversation.replaceChildren(...part.getElementById("conversation").childNodes);
  conversation.lastElementChild?.scrollIntoView({ block: "start" });
}

function showTurn(part) {
  const turn = part.querySelector(".turn");
  document.getElementById("latest")?.removeAttribute("id");
  conversation.append(turn);
  const carried = document.querySelectorAll("input[name=turn]");
  for (const input of [...carried].slice(0, -CARRIED)) input.remove();
  history.replaceState({ turns: carriedTurns() }, "");
  turn.scrollIntoView({ block: "start" });
  announcer.textContent = turn.dataset.announcement;
  const place = turn.querySelector(".quotation:not(details .quotation) .place");
  if (wide.matches && place) showInPane(place);
}

async function ask(submitter) {
  if (form.hasAttribute("data-busy")) return;
  const sent = new FormData(form, submitter);
  const typed = box.value;
  busy(true);
  box.value = "";
  box.focus({ preventScroll: true });
  try {
    const { ok, part } = await fetchPart(form.dataset.turn, { method: "POST", body: sent });
    const shown = part.querySelector(ok ? ".turn" : "[data-problem]");
    if (!shown) throw new TypeError("neither an answer nor a problem came");
    if (ok) {
      clearProblem();
      showTurn(part);
    } else {
      showProblem(shown);
      box.value ||= typed;
    }
  } catch {
    showProblem(document.getElementById("unreachable").content.cloneNode(true));
    box.value ||= typed;
  } finally {
    busy(false);
  }
}

async function movePane(address) {
  const { ok, part } = await fetchPart(address);
  if (!ok) return false;
  pane.replaceChildren(...part.body.childNodes);
  const mark = pane.querySelector("mark");
  const top = mark ? mark.getBoundingClientRect().top - pane.getBoundingClientRect().top : 0;
  pane.scrollTo({ top: mark ? top - pane.clientHeight / 3 : 0 });
  return true;
}

async function showInPane(link) {
  if (!(await movePane(link.dataset.pane).catch(() => false))) return false;
  for (const other of conversation.querySelectorAll(".place[aria-current]")) {
    other.removeAttribute("aria-current");
  }
  link.setAttribute("aria-current", "true");
  return true;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(event.submitter);
});

box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

if (!CSS.supports("field-sizing", "content")) {
  box.addEventListener("input", () => {
    box.rows = Math.min(6, box.value.split("\n").length);
  });
}

conversation.addEventListener("click", async (event) => {
  const link = event.target.closest(".place");
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !wide.matches || !plain) return;
  event.preventDefault();
  if (await showInPane(link)) announcer.textContent = "The article beside shows the quotation, marked.";
  else location.assign(link.href);
});

select?.addEventListener("change", () => {
  const asked = conversation.querySelector(".turn");
  if (!asked) location.assign(select.value ? `/?article_id=${encodeURIComponent(select.value)}` : "/");
  else if (wide.matches) movePane(select.selectedOptions[0].dataset.pane);
});

restore().catch(() => {}); // without it the page is a new conversation
if (wide.matches && !location.hash) box.focus({ preventScroll: true });
