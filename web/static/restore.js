// Shows a kept conversation again: its questions are carried at once, its answers are asked anew.
import { conversation, copyOf, form } from "./asking.js";
import { fetchPart } from "./part.js";

const CARRIED = 60; // as many earlier questions as the server reads

export const carried = () => [...document.querySelectorAll("input[name=turn]")];

export function carry(turns) {
  for (const value of turns) {
    const input = Object.assign(document.createElement("input"), { type: "hidden", name: "turn", value });
    input.setAttribute("form", form.id);
    conversation.append(input);
  }
}

export function keepLast(kept) {
  for (const input of carried().slice(0, -CARRIED)) input.remove();
  kept.keep(carried().map((input) => input.value));
}

// Where the answers do not come, what is asked next follows them all the same.
export async function replay() {
  const sent = new FormData(form);
  sent.delete("question");
  conversation.querySelector(".lost")?.remove();
  form.setAttribute("data-restoring", "");
  const { ok, found } = await fetchPart(form.getAttribute("action"), "#conversation", {
    method: "POST",
    body: sent,
  }).catch(() => ({}));
  form.removeAttribute("data-restoring");
  if (ok) return conversation.replaceChildren(...found.childNodes);
  const lost = copyOf("lost");
  if (found) lost.prepend(...found.childNodes);
  conversation.prepend(lost);
}
