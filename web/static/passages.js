// Shows the fixed questions that a chosen passage answers: one whose number is followed, or
// which the selection touches.
function touched(text) {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const chosen = selection.getRangeAt(0);
  if (!chosen.intersectsNode(text)) return null;
  const numbers = [...text.querySelectorAll(".number")];
  const passage = document.createRange();
  return numbers
    .filter((number, at) => {
      passage.setStartBefore(number);
      if (at + 1 < numbers.length) passage.setEndBefore(numbers[at + 1]);
      else passage.setEndAfter(text.lastChild);
      const before = chosen.compareBoundaryPoints(Range.START_TO_END, passage) <= 0;
      const after = chosen.compareBoundaryPoints(Range.END_TO_START, passage) >= 0;
      return !before && !after;
    })
    .map((number) => number.dataset.number);
}

export function watchPassages(holder) {
  const groups = () => [...holder.querySelectorAll(".answerable .group")];

  function show(numbers) {
    for (const group of groups()) {
      const isChosen = numbers.includes(group.dataset.number);
      if (group.hasAttribute("data-chosen") !== isChosen) group.toggleAttribute("data-chosen", isChosen);
    }
  }

  document.addEventListener("selectionchange", () => {
    const text = holder.querySelector(".text");
    const numbers = text && touched(text);
    // a click into the text ends the choice; one on a question must not take it away
    if (numbers) show(numbers);
    else if (text?.contains(getSelection().anchorNode)) show([]);
  });

  holder.addEventListener("click", (event) => {
    const number = event.target.closest("a.number");
    if (!number) return;
    event.preventDefault();
    getSelection().removeAllRanges();
    show([number.dataset.number]);
    holder.querySelector("[data-chosen] .offered > * > *")?.focus({ preventScroll: true });
  });

  holder.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const shown = holder.querySelector("[data-chosen]");
    if (!shown) return;
    const within = shown.contains(document.activeElement);
    show([]);
    if (within) holder.querySelector(`a.number[data-number="${shown.dataset.number}"]`)?.focus();
  });
}
