// What can be done with an answer besides reading it: copy a quotation, judge it.
const STALE = [404, 409, 422]; // the article is not, or no longer, what is judged

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // pages without https have no clipboard
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("the browser does not let a page copy");
}

async function judge(form, label) {
  const said = Object.fromEntries(new FormData(form));
  const number = (written) => (written ? Number(written) : null);
  const body = { ...said, label, start: number(said.start), end: number(said.end) };
  return fetch("/api/feedback", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

export function watchAnswers(conversation, say) {
  conversation.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const place = button.parentElement.querySelector(".place").href;
    const done = await copy(`${button.dataset.copy}\n${place}`).then(() => true, () => false);
    button.focus();
    say(done ? "Copied." : "The browser does not allow copying: mark the quotation and copy it yourself.");
    button.classList.toggle("done", done);
  });

  conversation.addEventListener("submit", async (event) => {
    const form = event.target.closest(".judge");
    if (!form) return;
    event.preventDefault();
    const chosen = event.submitter;
    const { ok, status } = await judge(form, chosen.value).catch(() => ({}));
    for (const button of form.querySelectorAll("button")) {
      if (ok) button.setAttribute("aria-pressed", String(button === chosen));
    }
    if (ok) form.dataset.noted = "Noted, thank you.";
    else if (STALE.includes(status)) form.dataset.noted = "Not noted: ask again and judge the new answer.";
    else form.dataset.noted = "That could not be noted. Try again in a moment.";
    say(form.dataset.noted);
  });
}
