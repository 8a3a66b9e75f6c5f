// The SQL editor over a plain <textarea>, which stays the field that is sent.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, placeholder,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

// No italics: slanted Chinese is hard to read.
const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, class: "hx-sql-keyword" },
  { tag: [tags.string, tags.special(tags.string)], class: "hx-sql-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "hx-sql-number" },
  { tag: [tags.typeName, tags.standard(tags.name)], class: "hx-sql-type" },
  { tag: [tags.lineComment, tags.blockComment], class: "hx-sql-comment" },
]);

function readJson(scope, selector, otherwise) {
  const node = scope.querySelector(selector);
  return node ? JSON.parse(node.textContent) : otherwise;
}

// {table: {title, columns: [{name, title, type}]}} becomes what the completion wants.
function completionsFrom(schema) {
  return Object.fromEntries(Object.entries(schema).map(([table, about]) => [
    table,
    {
      self: { label: table, detail: about.title ?? "", type: "type" },
      children: about.columns.map((column) => ({
        label: column.name,
        detail: [column.title, column.type].filter(Boolean).join(" · "),
        type: "property",
      })),
    },
  ]));
}

function nonceOfPage() {
  return document.querySelector("script[nonce]")?.nonce ?? "";
}

// Left to itself the browser wraps what is typed over a selection in a styled element, which our
// policy reports. Brackets and quotes stay with the extension that closes them.
function typeOverSelection(event, view) {
  const isPlain = event.inputType === "insertText" && event.data && !/[([{'"`]/.test(event.data);
  if (!isPlain || view.composing || view.state.selection.main.empty) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  return true;
}

function extensionsOf(area, panel) {
  return [
    EditorView.cspNonce.of(nonceOfPage()),
    lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), history(), drawSelection(),
    bracketMatching(), closeBrackets(), autocompletion({ icons: false }), highlightSelectionMatches(),
    lintGutter(), EditorView.lineWrapping, syntaxHighlighting(COLOURS),
    sql({ dialect: PostgreSQL, schema: completionsFrom(readJson(panel, "[data-schema]", {})), upperCaseKeywords: true }),
    placeholder(area.placeholder),
    EditorState.phrases.of(readJson(panel, "[data-phrases]", {})),
    EditorView.contentAttributes.of({
      tabindex: "0",
      "aria-labelledby": area.labels[0]?.id ?? "",
      "aria-describedby": area.getAttribute("aria-describedby") ?? "",
    }),
    keymap.of([
      { key: "Mod-Enter", run: () => { panel.querySelector("[data-run]")?.click(); return true; } },
      ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap,
    ]),
    EditorView.domEventHandlers({ beforeinput: typeOverSelection }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) area.value = update.state.doc.toString();
    }),
  ];
}

// Findings of a check: [{line, column, length, severity, message}], counted from 1.
function showFindings(view, scope) {
  const text = view.state.doc;
  // An attribute, not a script element: htmx drops every script of what it swaps in.
  const found = JSON.parse(scope.querySelector("[data-findings]")?.dataset.findings ?? "[]");
  const findings = found.map((finding) => {
    const line = text.line(Math.min(Math.max(finding.line, 1), text.lines));
    const from = Math.min(line.from + Math.max((finding.column ?? 1) - 1, 0), line.to);
    const to = finding.length ? Math.min(from + finding.length, line.to) : line.to;
    return { from, to, severity: finding.severity ?? "error", message: finding.message };
  });
  view.dispatch(setDiagnostics(view.state, findings));
}

export function openEditor(panel) {
  const area = panel.querySelector("textarea");
  const place = document.createElement("div");
  place.className = "hx-editor__code";
  const view = new EditorView({
    parent: place,
    state: EditorState.create({ doc: area.value, extensions: extensionsOf(area, panel) }),
  });
  area.after(place);
  area.hidden = true;
  area.labels[0]?.addEventListener("click", () => view.focus());
  showFindings(view, panel);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (panel.contains(event.target)) showFindings(view, panel);
  });
  // Names of the schema tree go to the cursor.
  for (const name of document.querySelectorAll("[data-insert]")) {
    name.hidden = false;
    name.addEventListener("click", () => {
      view.dispatch(view.state.replaceSelection(name.dataset.insert));
      view.focus();
    });
  }
}
