// What can be done with an answer besides reading it: copy a quotation, judge it.
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
  const response = await fetch("/api/feedback", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`feedback: ${response.status}`);
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
    const kept = await judge(form, chosen.value).then(() => true, () => false);
    for (const button of form.querySelectorAll("button")) {
      if (kept) button.setAttribute("aria-pressed", String(button === chosen));
    }
    say(kept ? "Noted, thank you." : "That could not be noted. Try again in a moment.");
    form.dataset.noted = kept ? "Noted, thank you" : "Not noted, try again";
  });
}
