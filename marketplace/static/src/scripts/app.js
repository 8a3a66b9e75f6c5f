// What every page runs: GOV.UK behaviour, htmx with its switches off, and our few habits.
import {
  Button, CharacterCount, Checkboxes, createAll, ErrorSummary, FileUpload, NotificationBanner,
  PasswordInput, Radios, ServiceNavigation, SkipLink, Tabs,
} from "govuk-frontend";
import htmx from "htmx.org";

import { bindDisplayModes } from "./display.js";
import { bindPage } from "./habits.js";

const COMPONENTS = [
  Button, CharacterCount, Checkboxes, ErrorSummary, FileUpload, NotificationBanner,
  PasswordInput, Radios, ServiceNavigation, SkipLink, Tabs,
];

function start(scope) {
  for (const component of COMPONENTS) createAll(component, undefined, scope);
  bindPage(scope);
}

// A refused form comes back as 422 with the form in it: show it, as a page without scripts would.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) start(event.detail.elt);
});

window.htmx = htmx;
bindDisplayModes();
start(document.body);
