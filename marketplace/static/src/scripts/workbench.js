// Loads the editor and the charts late: the page is usable before either has come.

function whenIdle(task) {
  if ("requestIdleCallback" in window) requestIdleCallback(task, { timeout: 1500 });
  else setTimeout(task, 200);
}

async function bindEditors() {
  const panels = [...document.querySelectorAll("[data-editor]")];
  if (!panels.length) return;
  const { openEditor } = await import("./editor.js");
  for (const panel of panels) openEditor(panel);
}

function bindCharts(scope) {
  const near = new IntersectionObserver(async (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      const { drawChart } = await import("./charts.js");
      drawChart(entry.target);
    }
  }, { rootMargin: "200px" });
  for (const figure of scope.querySelectorAll("[data-chart]")) near.observe(figure);
}

function start() {
  whenIdle(bindEditors);
  bindCharts(document);
}

document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) bindCharts(event.detail.elt);
});
if (document.readyState === "complete") start();
else window.addEventListener("load", start);
