// Asks without a reload, in the page and in the widget: what is waited for, what is refused, the keyboard.
import { fetchPart } from "./part.js";

export const form = document.getElementById("ask");
export const box = document.getElementById("question");
export const conversation = document.getElementById("conversation");
const announcer = document.getElementById("announcer");
const problemSlot = document.getElementById("problem-slot");
export const copyOf = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

export function say(words) {
  announcer.textContent = words;
}

export function showProblem(problem) {
  clearProblem();
  problemSlot.append(problem);
  if (problem.matches("[data-problem=question]")) box.setAttribute("aria-invalid", "true");
}

export const showUnreachable = () => showProblem(copyOf(navigator.onLine ? "unreachable" : "offline"));

export function clearProblem() {
  problemSlot.replaceChildren();
  box.removeAttribute("aria-invalid");
}

// What is asked waits for what restore gives; showPending is told of an added element, showTurn adds its own.
export function startAsking({ restore, showPending, showTurn }) {
  let restored = restore();

  async function ask(submitter) {
    if (form.hasAttribute("data-busy")) return;
    form.setAttribute("data-busy", "");
    say(form.querySelector(".waits").textContent);
    const { name, value } = submitter ?? {}; // it may leave the page before what it asks is sent
    const pending = copyOf("pending");
    let question = value;
    try {
      await restored; // or the question would come before what it follows
      const sent = new FormData(form);
      if (name) sent.append(name, value);
      else {
        question = box.value;
        box.value = "";
      }
      pending.querySelector(".question").textContent = question;
      conversation.append(pending);
      showPending(pending);
      box.focus({ preventScroll: true });
      const { ok, found } = await fetchPart(form.dataset.turn, ".turn", { method: "POST", body: sent });
      pending.remove();
      if (ok) {
        clearProblem();
        return showTurn(found);
      }
      showProblem(found);
    } catch {
      showUnreachable();
    } finally {
      pending.remove();
      form.removeAttribute("data-busy");
    }
    // what was typed meanwhile stays
    box.value = name ? box.value || question : [question, box.value].filter(Boolean).join("\n");
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

  conversation.addEventListener("click", ({ target }) => {
    if (!target.closest(".again") || form.hasAttribute("data-busy")) return;
    box.focus({ preventScroll: true });
    restored = restore();
  });
}
