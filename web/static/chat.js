// Enhances the chat: no reload, the keyboard, the article beside it. Every word shown comes
// ready-made from the server's templates; without this script the form does the same work.
import { watchAnswers } from "./answers.js";
import { choosePlace, isWide, movePane, rememberPane, showTab, startBeside } from "./beside.js";
import { openConversation } from "./kept.js";
import { fetchPart } from "./part.js";
import { watchPassages } from "./passages.js";
import { carried, carry, keepLast, replay } from "./restore.js";

const SCOPE = ["article", "from", "to"]; // the fields that name what is asked

const form = document.getElementById("ask");
const box = document.getElementById("question");
const conversation = document.getElementById("conversation");
const announcer = document.getElementById("announcer");
const problemSlot = document.getElementById("problem-slot");
const scope = document.getElementById("scope");
const copyOf = (id) => document.getElementById(id).content.cloneNode(true);
document.documentElement.classList.add("scripted");

function say(words) {
  announcer.textContent = words;
}

function showProblem(problem) {
  clearProblem();
  problemSlot.append(problem);
  if (problemSlot.querySelector("[data-problem=question]")) box.setAttribute("aria-invalid", "true");
}

function clearProblem() {
  problemSlot.replaceChildren();
  box.removeAttribute("aria-invalid");
}

function plainAddress() {
  const asked = [...new FormData(form)].filter(([name, value]) => SCOPE.includes(name) && value);
  return asked.length ? `/?${new URLSearchParams(asked)}` : "/";
}

const isGiven = carried().length > 0;
const kept = openConversation(isGiven);

// Coming back, or loading again, finds the conversation as it was.
async function restore() {
  const { scroll, pane } = history.state ?? {};
  if (!isGiven && carried().length) {
    await replay();
    if (scroll === undefined) conversation.lastElementChild?.scrollIntoView({ block: "start" });
  }
  if (pane) await movePane(pane);
  else await showBest(conversation.lastElementChild);
  if (scroll !== undefined) scrollTo({ top: scroll, behavior: "instant" });
}

async function showBest(turn) {
  const place = turn?.querySelector(".quotation:not(details .quotation) .place");
  if (place && (await movePane(place.dataset.pane))) rememberPane();
}

function showTurn(turn) {
  document.getElementById("latest")?.removeAttribute("id");
  conversation.append(turn);
  keepLast(kept);
  // an answer's permanent address and its page's title are that answer's alone
  const address = location.pathname === "/" ? undefined : plainAddress();
  history.replaceState({ ...history.state, conversation: kept.name, tab: "chat" }, "", address);
  document.title = document.querySelector("h1").textContent;
  turn.scrollIntoView({ block: "start" });
  say(turn.dataset.announcement);
  showBest(turn);
}

function showPending(question) {
  const pending = copyOf("pending").firstElementChild;
  pending.querySelector(".question").textContent = question;
  say(pending.querySelector(".refusal").textContent);
  conversation.append(pending);
  pending.scrollIntoView({ block: "start" });
  return pending;
}

async function ask(submitter) {
  if (form.hasAttribute("data-busy")) return;
  form.toggleAttribute("data-busy", true);
  await restored; // or the question would come before what it follows
  const sent = new FormData(form, submitter);
  const isTyped = !submitter?.name;
  const question = isTyped ? box.value : submitter.value;
  showTab("chat");
  const pending = showPending(question);
  if (isTyped) box.value = "";
  box.focus({ preventScroll: true });
  try {
    const { ok, found } = await fetchPart(form.dataset.turn, ".turn", { method: "POST", body: sent });
    pending.remove();
    if (ok) {
      clearProblem();
      showTurn(found);
    } else {
      showProblem(found);
      box.value ||= question;
    }
  } catch {
    showProblem(copyOf(navigator.onLine ? "unreachable" : "offline"));
    box.value ||= question;
  } finally {
    pending.remove();
    form.toggleAttribute("data-busy", false);
  }
}

form.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) return; // saving is the browser's work
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
  if (!link || !plain) return;
  event.preventDefault();
  if (await choosePlace(link)) say("The article shows the quotation, marked. Back returns.");
  else location.assign(link.href);
});

conversation.addEventListener("click", ({ target }) => {
  if (!target.closest(".again") || form.hasAttribute("data-busy")) return;
  box.focus({ preventScroll: true });
  restored = restore();
});

// What is asked now is said by the server, in the words of a new page.
async function showScope() {
  const address = plainAddress();
  const { ok, part, found } = await fetchPart(address, "#scope");
  if (address !== plainAddress()) return; // it was changed meanwhile
  if (!ok) return showProblem(found);
  clearProblem();
  for (const said of ["summary", ".links"]) {
    scope.querySelector(said).replaceWith(found.querySelector(said));
  }
  document.querySelector(".intro").replaceWith(part.querySelector(".intro"));
  history.replaceState(history.state, "", address);
  say(scope.querySelector("summary").textContent);
  await movePane(part.getElementById("pane").dataset.shown);
}

scope?.addEventListener("change", () => {
  showScope().catch(() => showProblem(copyOf(navigator.onLine ? "unreachable" : "offline")));
});

form.querySelector(".print").addEventListener("click", () => print());

form.querySelector(".clear").addEventListener("click", (event) => {
  event.preventDefault();
  kept.forget();
  history.replaceState(null, "");
  location.assign(plainAddress());
});

startBeside(() => showProblem(copyOf("pane-lost")));
watchAnswers(conversation, say);
watchPassages(document.getElementById("pane"));
if (!isGiven) carry(kept.turns());
let restored = restore();
if (isWide() && !location.hash) box.focus({ preventScroll: true });
