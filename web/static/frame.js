// The chat in another site's page: asks without a reload, and tells that page how high it is.
// Every word shown comes ready-made from the server's templates.
import { watchAnswers } from "./answers.js";
import { conversationNamed } from "./kept.js";
import { fetchPart } from "./part.js";
import { carried, carry, keepLast, replay } from "./restore.js";

const form = document.getElementById("ask");
const box = document.getElementById("question");
const conversation = document.getElementById("conversation");
const announcer = document.getElementById("announcer");
const problemSlot = document.getElementById("problem-slot");
const kept = conversationNamed(`widget${location.search}`); // of this tab and this article
let restored = null;

function tellHeight() {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  // to whichever page it is: the server lets allowed ones alone frame this, and a height is no secret
  if (height > 0) parent.postMessage({ askTheArticle: height }, "*");
}

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

function showTurn(turn) {
  clearProblem();
  conversation.append(turn);
  keepLast(kept);
  say(turn.dataset.announcement);
}

async function ask(submitter) {
  if (form.hasAttribute("data-busy")) return;
  form.setAttribute("data-busy", "");
  await restored; // or the question would come before what it follows
  const sent = new FormData(form, submitter);
  const question = submitter?.name ? submitter.value : box.value;
  if (!submitter?.name) box.value = "";
  box.focus({ preventScroll: true });
  try {
    const { ok, found } = await fetchPart(form.dataset.turn, ".turn", { method: "POST", body: sent });
    if (ok) return showTurn(found);
    showProblem(found);
    box.value ||= question;
  } catch {
    showProblem(document.getElementById("unreachable").content.cloneNode(true));
    box.value ||= question;
  } finally {
    form.removeAttribute("data-busy");
  }
}

document.documentElement.classList.add("scripted", "framed");
new ResizeObserver(tellHeight).observe(document.body);
tellHeight();

if (form) start(); // what keeps the chat from being shown has none

function start() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(event.submitter);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.querySelector(".over").addEventListener("click", kept.forget);
  watchAnswers(conversation, say);
  conversation.addEventListener("click", ({ target }) => {
    if (!target.closest(".again") || form.hasAttribute("data-busy")) return;
    box.focus({ preventScroll: true });
    restored = replay();
  });
  carry(kept.turns());
  if (carried().length) restored = replay();
}
