// Draws the caisson of the public hero: a coffered ceiling (藻井) in the order of the Mogao caves,
// a lotus in nested squares that turn by 45 degrees. Drawn by arithmetic, so it belongs to nobody else.

const PIGMENT = {
  night: "#0e2a47", azurite: "#1b4f82", sky: "#2667a3", pale: "#8fb4d6", ochre: "#c4662a",
  earth: "#964016", orpiment: "#e3a72f", malachite: "#3d9a7f", pine: "#1f6b57", sand: "#e8dfd0",
};

const turned = (count, draw, offset = 0) =>
  Array.from({ length: count }, (_, i) => {
    const angle = +((360 / count) * i + offset).toFixed(2);
    return `<g transform="rotate(${angle})">${draw(i)}</g>`;
  }).join("");

const square = (half, fill, edge, width = 1.5, turn = 0) =>
  `<rect x="${-half}" y="${-half}" width="${half * 2}" height="${half * 2}" fill="${fill}"` +
  ` stroke="${edge}" stroke-width="${width}"${turn ? ` transform="rotate(${turn})"` : ""}/>`;

const petal = (inner, outer, spread, fill, edge) => {
  const waist = inner + (outer - inner) * 0.55;
  const shape = (grow) =>
    `M0 ${-(inner + grow)}C${spread - grow} ${-waist + 8} ${spread * 0.86 - grow} ${-outer + 18} 0 ${-(outer - grow * 1.6)}` +
    `C${-spread * 0.86 + grow} ${-outer + 18} ${-spread + grow} ${-waist + 8} 0 ${-(inner + grow)}Z`;
  return `<path d="${shape(0)}" fill="${fill}" stroke="${edge}" stroke-width="1.4"/>` +
    `<path d="${shape(5)}" fill="none" stroke="${edge}" stroke-opacity=".55" stroke-width="1"/>`;
};

const lotus = () =>
  turned(16, () => petal(46, 122, 24, PIGMENT.earth, PIGMENT.orpiment), 11.25) +
  turned(16, () => petal(42, 104, 20, PIGMENT.pine, PIGMENT.pale)) +
  turned(12, () => petal(30, 80, 18, PIGMENT.ochre, PIGMENT.sand), 15) +
  turned(12, () => petal(22, 58, 13, PIGMENT.orpiment, PIGMENT.earth)) +
  `<circle r="26" fill="${PIGMENT.azurite}" stroke="${PIGMENT.sand}" stroke-width="2"/>` +
  turned(8, () => `<circle cy="-16" r="3.2" fill="${PIGMENT.orpiment}"/>`) +
  `<circle r="6" fill="${PIGMENT.sand}"/>`;

// The strokes are unequal on purpose: beads of the murals alternate large and small.
const beads = (half, count) => {
  const step = (half * 2) / count;
  const row = Array.from({ length: count }, (_, i) =>
    `<circle cx="${+(-half + step * (i + 0.5)).toFixed(1)}" cy="${-half}" r="${i % 2 ? 1.8 : 3}"/>`).join("");
  return `<g fill="${PIGMENT.sand}" fill-opacity=".8">${turned(4, () => row)}</g>`;
};

const scroll = (half, count) => {
  const step = (half * 2) / count;
  const curl = (x, flip) =>
    `<path transform="translate(${+x.toFixed(1)} ${-half}) scale(1 ${flip})" ` +
    `d="M${-step / 2} 0C${-step / 4} -13 ${step / 5} -13 ${step / 5} -2C${step / 5} 5 ${-step / 8} 5 ${-step / 8} -1"/>`;
  const row = Array.from({ length: count }, (_, i) => curl(-half + step * (i + 0.5), i % 2 ? -1 : 1)).join("");
  return `<g fill="none" stroke="${PIGMENT.pale}" stroke-opacity=".75" stroke-width="2.4" stroke-linecap="round">` +
    `${turned(4, () => row)}</g>`;
};

const valance = (half, count) => {
  const step = (half * 2) / count;
  const tongues = Array.from({ length: count }, (_, i) => {
    const x = -half + step * i;
    const fill = [PIGMENT.ochre, PIGMENT.malachite, PIGMENT.sky][i % 3];
    return `<path d="M${x.toFixed(1)} ${-half}L${(x + step).toFixed(1)} ${-half}L${(x + step / 2).toFixed(1)} ${-half - 26}Z" ` +
      `fill="${fill}" fill-opacity=".8"/><circle cx="${(x + step / 2).toFixed(1)}" cy="${-half - 31}" r="2.6" fill="${PIGMENT.orpiment}"/>`;
  }).join("");
  return turned(4, () => tongues);
};

const corners = (reach, fill) =>
  turned(4, () =>
    `<path d="M${-reach} ${-reach}h${reach * 0.3}c0 ${reach * 0.16} ${-reach * 0.14} ${reach * 0.3} ${-reach * 0.3} ${reach * 0.3}z" ` +
    `fill="${fill}" fill-opacity=".85"/><circle cx="${-reach * 0.9}" cy="${-reach * 0.9}" r="5" fill="${PIGMENT.orpiment}"/>`);

export function drawCaisson() {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-340 -340 680 680">` +
    `<g stroke-linejoin="round">` +
    valance(300, 15) +
    square(300, PIGMENT.night, PIGMENT.orpiment, 2) + square(276, "#123a61", PIGMENT.ochre, 1.5) +
    scroll(288, 18) + corners(276, PIGMENT.pine) +
    square(195, "#7a3312", PIGMENT.orpiment, 2, 45) +
    `<g transform="rotate(45)">${scroll(183, 12)}</g>` +
    square(172, "#14466f", PIGMENT.sand, 1.5, 45) + `<g transform="rotate(45)">${corners(172, PIGMENT.ochre)}</g>` +
    square(138, PIGMENT.pine, PIGMENT.orpiment, 2) + beads(131, 22) + square(124, "#123a61", PIGMENT.pale, 1) +
    `<circle r="132" fill="${PIGMENT.night}" stroke="${PIGMENT.orpiment}" stroke-width="2"/>` +
    lotus() + `</g></svg>`;
}
