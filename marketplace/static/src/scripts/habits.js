// Small habits of pages. Each has a way that works without it.

// Facets and the schema tree are folded on narrow screens and open on wide ones.
function bindFolds(scope) {
  for (const fold of scope.querySelectorAll("details[data-fold]")) {
    const wide = window.matchMedia("(min-width: 1000px)");
    const follow = () => { fold.open = wide.matches; };
    follow();
    wide.addEventListener("change", follow);
  }
}

// A menu closes by Escape and by a click elsewhere.
function bindMenus(scope) {
  for (const menu of scope.querySelectorAll("details[data-menu]")) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
}

// A list that depends on another one shows only that one's part; without scripts it shows all parts.
function bindParts(scope) {
  for (const list of scope.querySelectorAll("select[data-within]")) {
    const whole = document.getElementById(list.dataset.within);
    if (!whole) continue;
    const follow = () => {
      for (const part of list.querySelectorAll("optgroup")) {
        part.hidden = part.disabled = Boolean(whole.value) && !part.label.startsWith(`${whole.value} `);
      }
    };
    follow();
    whole.addEventListener("change", follow);
  }
}

function bindCopies(scope) {
  for (const button of scope.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    const said = button.querySelector("[aria-live]");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      if (said) said.textContent = button.dataset.copied;
    });
  }
}

// j and k walk the queue, only while the focus is in it (WCAG 2.1.4); Enter is the link's own.
function bindQueues(scope) {
  for (const queue of scope.querySelectorAll("[data-queue]")) {
    queue.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { j: 1, k: -1 }[event.key];
      const links = [...queue.querySelectorAll("[data-queue-link]")];
      const here = links.indexOf(document.activeElement);
      if (!step || here < 0) return;
      const next = links[here + step];
      if (next) {
        event.preventDefault();
        next.focus();
        next.scrollIntoView({ block: "nearest" });
      }
    });
  }
}

// A choice that reorders a list is sent at once; the button stays for those without scripts.
function bindSendOnChange(scope) {
  for (const field of scope.querySelectorAll("[data-send-on-change]")) {
    const button = field.form?.querySelector("[data-send]");
    if (button) button.hidden = true;
    field.addEventListener("change", () => field.form.requestSubmit());
  }
}

// In-page navigation follows what is read.
function bindSections(scope) {
  for (const bar of scope.querySelectorAll("[data-sections]")) {
    const links = new Map([...bar.querySelectorAll("a[href^='#']")].map((a) => [a.hash.slice(1), a]));
    const seen = new IntersectionObserver((entries) => {
      const shown = entries.find((entry) => entry.isIntersecting);
      if (!shown) return;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(shown.target.id)?.setAttribute("aria-current", "true");
    }, { rootMargin: "-10% 0px -70% 0px" });
    for (const id of links.keys()) {
      const section = document.getElementById(id);
      if (section) seen.observe(section);
    }
  }
}

export function bindPage(scope) {
  for (const bind of [bindFolds, bindMenus, bindCopies, bindParts, bindQueues, bindSendOnChange, bindSections]) {
    bind(scope);
  }
}
