// The chat in another site's page: asks without a reload, and tells that page how high it is.
// Every word shown comes ready-made from the server's templates.
import { watchAnswers } from "./answers.js";
import { fetchPart } from "./part.js";

const CARRIED = 20; // as many earlier questions as the server reads

const form = document.getElementById("ask");
const box = document.getElementById("question");
const conversation = document.getElementById("conversation");
const announcer = document.getElementById("announcer");
const problemSlot = document.getElementById("problem-slot");

function tellHeight() {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  // to whichever page it is: the server lets allowed ones alone frame this, and a height is no secret
  if (height > 0) parent.postMessage({ askTheArticle: height }, "*");
}

function say(words) {
  announcer.textContent = words;
}

function showProblem(problem) {
  problemSlot.replaceChildren(problem);
  box.setAttribute("aria-invalid", "true");
}

function showTurn(turn) {
  problemSlot.replaceChildren();
  box.removeAttribute("aria-invalid");
  conversation.append(turn);
  for (const input of [...document.querySelectorAll("input[name=turn]")].slice(0, -CARRIED)) input.remove();
  say(turn.dataset.announcement);
}

async function ask(submitter) {
  if (form.hasAttribute("data-busy")) return;
  const sent = new FormData(form, submitter);
  const question = submitter?.name ? submitter.value : box.value;
  form.setAttribute("data-busy", "");
  if (!submitter?.name) box.value = "";
  box.focus({ preventScroll: true });
  try {
    const { ok, part } = await fetchPart(form.dataset.turn, { method: "POST", body: sent });
    if (ok) return showTurn(part.querySelector(".turn"));
    showProblem(part.querySelector("[data-problem]"));
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
  watchAnswers(conversation, say);
}
