// Enhances the chat: no reload, the keyboard, the article beside it. Every word shown comes
// ready-made from the server's templates; without this script the form does the same work.
import { watchAnswers } from "./answers.js";
import { box, clearProblem, conversation, form, say } from "./asking.js";
import { showProblem, showUnreachable, startAsking } from "./asking.js";
import { choosePlace, movePane, rememberPane, showTab, startBeside, wide } from "./beside.js";
import { openConversation } from "./kept.js";
import { fetchPart } from "./part.js";
import { watchPassages } from "./passages.js";
import { carried, carry, keepLast, replay } from "./restore.js";

const SCOPE = ["article", "from", "to"]; // the fields that name what is asked

const scope = document.getElementById("scope");
document.documentElement.classList.add("scripted");

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
  if (place && !(await movePane(place.dataset.pane))) rememberPane();
}

// An answer's permanent address and its page's title are that answer's alone: what follows has others.
function keep(changed) {
  keepLast(kept);
  history.replaceState({ ...history.state, conversation: kept.name, ...changed }, "", plainAddress());
  document.title = document.querySelector("h1").textContent;
}

function showTurn(turn) {
  document.getElementById("latest")?.removeAttribute("id");
  conversation.append(turn);
  keep({ tab: "chat" });
  turn.scrollIntoView({ block: "start" });
  say(turn.dataset.announcement);
  showBest(turn);
}

function showPending(pending) {
  showTab("chat");
  scope?.removeAttribute("open"); // it would hide what comes, on a small screen
  pending.scrollIntoView({ block: "start" });
}

conversation.addEventListener("click", async (event) => {
  const link = event.target.closest(".place");
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !plain) return;
  event.preventDefault();
  const { problem, returns } = await choosePlace(link);
  if (problem) return showProblem(problem);
  clearProblem();
  say(`The article shows the quotation, marked.${returns ? " Back returns." : ""}`);
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
  keep();
  say(scope.querySelector("summary").textContent);
  await movePane(part.getElementById("pane").dataset.shown);
}

scope?.addEventListener("change", () => {
  showScope().catch(showUnreachable);
});

form.querySelector(".print").addEventListener("click", () => print());

form.querySelector(".clear").addEventListener("click", (event) => {
  event.preventDefault();
  kept.forget();
  history.replaceState(null, "");
  location.assign(document.querySelector("#problem-slot [data-problem^=published]") ? "/" : plainAddress());
});

addEventListener("pagehide", () => kept.keepDraft(box.value));
box.value ||= kept.draft();

startBeside(showProblem);
watchAnswers(conversation, say);
watchPassages(document.getElementById("pane"));
if (!isGiven) carry(kept.turns());
startAsking({ restore, showPending, showTurn });
if (wide.matches && !location.hash) box.focus({ preventScroll: true });
