// Every glyph of the pages in one sprite, drawn on a 24 grid. Line glyphs take `currentColor`;
// the status set has its own shapes, so that a state is told without colour.

const LINES = {
  truck: "M3 7h10v9H3zM13 10h4l3 3v3h-7M7.500 18.500a1.750 1.750 0 1 0 0-3.500 1.750 1.750 0 0 0 0 3.500zM16.500 18.500a1.750 1.750 0 1 0 0-3.500 1.750 1.750 0 0 0 0 3.500z",
  leaf: "M19 5c-8 0-13 3-13 9 0 3 2 5 5 5 6 0 8-6 8-14zM5 20c2-5 5-8 9-10",
  pagoda: "M4 11c3 0 6-2 8-5 2 3 5 5 8 5M6 11v8M18 11v8M4 19h16M10 19v-5h4v5M12 6V4",
  health: "M12 20s-7-4.500-8.500-9.500C2.500 7 5 4.500 7.500 4.500c2 0 3.500 1.200 4.500 3 1-1.800 2.500-3 4.500-3 2.500 0 5 2.500 4 6C19 15.500 12 20 12 20zM7 12h3l1.500-3 2 5L15 12h2",
  water: "M12 3.500c4 4.500 6 7.500 6 10.500a6 6 0 0 1-12 0c0-3 2-6 6-10.500zM9 14.500a3 3 0 0 0 3 3",
  energy: "M13 3 5 13.500h6L10 21l9-11h-6z",
  finance: "M4 10 12 4.500 20 10M5.500 10v8M10 10v8M14 10v8M18.500 10v8M4 19.500h16",
  person: "M12 11.500a3.750 3.750 0 1 0 0-7.500 3.750 3.750 0 0 0 0 7.500zM4.500 20c.8-4 3.700-6 7.500-6s6.700 2 7.500 6",
  people: "M9 11a3.250 3.250 0 1 0 0-6.500A3.250 3.250 0 0 0 9 11zM2.500 19c.7-3.500 3-5.200 6.500-5.200s5.800 1.700 6.500 5.200M16 4.800a3.200 3.200 0 0 1 0 6M18 14.200c2 .7 3.200 2.300 3.500 4.800",
  building: "M5 20V5.500h9V20M14 10h5v10M3.500 20h17M8 9h3M8 12.500h3M8 16h3",
  mountain: "M3 19 9.500 6l4 7 2-3L21 19zM7.500 10l2 1.500 2-1",
  book: "M12 6.500C10 5 7 4.500 4 5v13c3-.5 6 0 8 1.500 2-1.500 5-2 8-1.500V5c-3-.5-6 0-8 1.500zM12 6.500v13",
  layers: "M12 4 3.500 8.500 12 13l8.500-4.500zM3.500 12.500 12 17l8.500-4.500M3.500 16.500 12 21l8.500-4.500",
  shield: "M12 3.500 5 6v5.500c0 4.500 3 7.500 7 9 4-1.500 7-4.500 7-9V6zM8.800 12l2.200 2.200 4.300-4.400",
  seal: "M6 14.500h12v3.500H6zM9.500 14.500c0-2-1.500-3-1.500-5.500a4 4 0 0 1 8 0c0 2.500-1.500 3.500-1.500 5.500M5 21h14",
  receipt: "M6 3.500h12v17l-2-1.500-2 1.500-2-1.500-2 1.500-2-1.500-2 1.500zM9 8h6M9 11.500h6M9 15h3.500",
  table: "M4 5h16v14H4zM4 10h16M10 10v9",
  key: "M8 15.500a3.750 3.750 0 1 0 0-7.500 3.750 3.750 0 0 0 0 7.500zM11.700 11.700H21v3.800M17 11.700v2.800",
  filter: "M4 6.500h16M7 12h10M10 17.500h4",
  download: "M12 4v11M7.500 11 12 15.500 16.500 11M5 19.500h14",
  upload: "M12 16V5M7.500 9.500 12 5l4.500 4.500M5 19.500h14",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500 20.500 20.500",
  globe: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM3.500 12h17M12 3.500c5 5 5 12 0 17M12 3.500c-5 5-5 12 0 17",
  contrast: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17z",
  letters: "M2.500 18.500 8 5.500l5.500 13M4.600 14h6.800M15 18.500l3.300-8 3.200 8M16.200 16h4.200",
  chevron: "M7 9.500 12 14.500 17 9.500",
  arrow: "M4.500 12h15M13.500 6l6 6-6 6",
  cross: "M6.500 6.500l11 11M17.500 6.500l-11 11",
  plus: "M12 5v14M5 12h14",
  calendar: "M4.500 6h15v13.500h-15zM4.500 10.500h15M8.500 3.500V8M15.500 3.500V8",
  scale: "M12 4v16M7 20h10M5 7h14M5 7l-2.500 6.500h5zM19 7l-2.500 6.500h5z",
  copy: "M9 9h10.500v11H9zM15 9V4.500H4.500v11H9",
  bell: "M6.500 16.500V11a5.500 5.500 0 0 1 11 0v5.500l1.500 1.500H5zM10 20.500h4",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  chart: "M4 20h16M7 20v-7M12 20V6M17 20v-10",
  info: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 11v5.500M12 7.500v.6",
};

// Fill rules: the shape takes `currentColor`, the sign on it the token of the page's card ground.
const STATES = {
  overdue: `<path d="M7.700 2h8.600L22 7.700v8.600L16.300 22H7.700L2 16.300V7.700z" fill="currentColor"/><path d="M12 6.500v7M12 16.500v1" stroke="#fff" stroke-width="2.400" stroke-linecap="round"/>`,
  soon: `<path d="M12 2.500 22.500 21H1.500z" fill="#e3a72f" stroke="#6f4a00" stroke-width="1.800" stroke-linejoin="round"/><path d="M12 9v6M12 17.600v.7" stroke="#17212b" stroke-width="2.200" stroke-linecap="round"/>`,
  enough: `<circle cx="12" cy="12" r="10" fill="currentColor"/><path d="m7.300 12.300 3.200 3.200 6.200-6.600" fill="none" stroke="#fff" stroke-width="2.400" stroke-linecap="round" stroke-linejoin="round"/>`,
  paused: `<rect x="2.500" y="2.500" width="19" height="19" rx="5" fill="none" stroke="currentColor" stroke-width="1.900"/><path d="M9.300 8v8M14.700 8v8" stroke="currentColor" stroke-width="2.300" stroke-linecap="round"/>`,
  conditional: `<path d="M12 2 22 12 12 22 2 12z" fill="none" stroke="currentColor" stroke-width="1.900" stroke-linejoin="round"/><path d="M12 7.500v5.500M12 16v.7" stroke="currentColor" stroke-width="2.200" stroke-linecap="round"/>`,
  forbidden: `<path d="M7.700 2h8.600L22 7.700v8.600L16.300 22H7.700L2 16.300V7.700z" fill="currentColor"/><path d="m8.500 8.500 7 7M15.500 8.500l-7 7" stroke="#fff" stroke-width="2.400" stroke-linecap="round"/>`,
  run: `<path d="M7 4.500v15l12.500-7.500z" fill="currentColor"/>`,
};
STATES.allowed = STATES.enough;

const HALF_DISC = `<path d="M12 3.500a8.500 8.500 0 0 1 0 17z" fill="currentColor" stroke="none"/>`;

export function drawGlyphs() {
  const lines = Object.entries(LINES).map(([name, path]) =>
    `<symbol id="${name}" viewBox="0 0 24 24"><g fill="none" stroke="currentColor" stroke-width="1.700" ` +
    `stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/>${name === "contrast" ? HALF_DISC : ""}</g></symbol>`);
  const states = Object.entries(STATES).map(([name, body]) =>
    `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`);
  return `<svg xmlns="http://www.w3.org/2000/svg">${lines.join("")}${states.join("")}</svg>`
    .replace(/(\.\d*?[1-9])0+(?=[^\d])/g, "$1");
}
