// Puts the chat into a page: <script src="https://HOST/widget.js" data-article="ID"></script>
(() => {
  const NAME = "ask-the-article";
  const PATIENCE = 3000; // milliseconds that a loaded frame has to say how high it is
  const script = document.currentScript;
  const home = new URL(script.src).origin;

  class AskTheArticle extends HTMLElement {
    #frame = document.createElement("iframe");
    #shown = false;

    constructor() {
      super();
      const sheet = new CSSStyleSheet(); // the page's policy may forbid a style element
      sheet.replaceSync(`
        :host { display: block; }
        :host([hidden]) { display: none; }
        iframe { display: block; width: 100%; height: 16rem; border: 0; border-radius: 0.75rem; color-scheme: light dark; }
      `);
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
      this.#frame.title = "Ask the article";
      this.#frame.loading = "lazy";
      this.#frame.allow = "clipboard-write";
      this.#frame.addEventListener("load", () => setTimeout(() => this.#explain(), PATIENCE));
    }

    connectedCallback() {
      addEventListener("message", this.#hear);
      if (this.#frame.parentNode) return; // moved within the page
      const article = this.getAttribute("article");
      const alike = [...document.querySelectorAll(NAME)].filter((one) => one.getAttribute("article") === article);
      const place = alike.indexOf(this); // each of them has a conversation of its own
      const address = new URL("/widget", home);
      if (article) address.searchParams.set("article_id", article);
      if (place > 0) address.searchParams.set("chat", place + 1);
      this.#frame.src = address;
      this.shadowRoot.append(this.#frame); // with its address: an empty frame would load, too
    }

    disconnectedCallback() {
      removeEventListener("message", this.#hear);
    }

    #hear = ({ source, origin, data }) => {
      const height = data?.askTheArticle;
      if (source !== this.#frame.contentWindow || origin !== home || !(height > 0)) return;
      this.#shown = true;
      this.hidden = false;
      this.#frame.style.height = `${height}px`;
    };

    #explain() {
      if (this.#shown || !this.isConnected) return;
      this.hidden = true;
      console.warn(
        `Ask the article: the chat of ${home} is not shown here. Either pages of ${location.origin} may not show ` +
          "it (its operator allows them by CHATBOT_WIDGET_ORIGINS), or it cannot be reached.",
      );
    }
  }

  if (!customElements.get(NAME)) customElements.define(NAME, AskTheArticle);
  if (script.dataset.article === undefined) return; // the page places the element itself
  if (!script.closest("body")) {
    return console.warn("Ask the article: the script with data-article stands where the chat is to be, in the body.");
  }
  const element = document.createElement(NAME);
  element.setAttribute("article", script.dataset.article);
  script.after(element);
})();
