// The chat in another site's page: asks without a reload, and tells that page how high it is.
// Every word shown comes ready-made from the server's templates.
import { watchAnswers } from "./answers.js";
import { conversation, form, say, startAsking } from "./asking.js";
import { conversationNamed } from "./kept.js";
import { carried, carry, keepLast, replay } from "./restore.js";

const kept = conversationNamed(`widget ${location.search}`); // of this tab, and this chat of the page

function tellHeight() {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  // to whichever page it is: the server lets allowed ones alone frame this, and a height is no secret
  if (height > 0) parent.postMessage({ askTheArticle: height }, "*");
}

function showTurn(turn) {
  conversation.append(turn);
  keepLast(kept);
  say(turn.dataset.announcement);
}

document.documentElement.classList.add("scripted", "framed");
new ResizeObserver(tellHeight).observe(document.body);
tellHeight();

if (form) start(); // what keeps the chat from being shown has none

function start() {
  const over = form.querySelector(".over");
  over.search = location.search;
  over.addEventListener("click", kept.forget);
  watchAnswers(conversation, say);
  carry(kept.turns());
  startAsking({
    restore: () => carried().length && replay(),
    showPending: () => {}, // right above the box, and the page around is not ours to scroll
    showTurn,
  });
}
