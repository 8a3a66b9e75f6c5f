// The two display modes: classes on <html>, kept in this browser and nowhere else.

const MODES = ["large", "contrast"];

function readMode(mode) {
  try {
    return localStorage.getItem(`hexi-${mode}`) === "on";
  } catch {
    return false; // storage is closed to us: the mode lasts for this page
  }
}

function keepMode(mode, isOn) {
  try {
    localStorage.setItem(`hexi-${mode}`, isOn ? "on" : "off");
  } catch {
    // storage is closed to us: the mode lasts for this page
  }
}

export function bindDisplayModes() {
  for (const mode of MODES) {
    const button = document.querySelector(`[data-display="${mode}"]`);
    if (!button) continue;
    const root = document.documentElement;
    const show = (isOn) => {
      root.classList.toggle(`hx-${mode}`, isOn);
      button.setAttribute("aria-pressed", String(isOn));
    };
    show(readMode(mode) || root.classList.contains(`hx-${mode}`));
    button.hidden = false;
    button.addEventListener("click", () => {
      const isOn = !root.classList.contains(`hx-${mode}`);
      show(isOn);
      keepMode(mode, isOn);
      document.dispatchEvent(new CustomEvent("hexi:display"));
    });
  }
}
