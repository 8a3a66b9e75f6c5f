// Builds marketplace/static/dist: hashed, minified, with a gzip copy beside each text file.
// The output is committed, so that a machine which serves Hexi needs no Node.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import * as esbuild from "esbuild";
import * as sass from "sass";

import { drawCaisson } from "./art/caisson.mjs";
import { drawGlyphs } from "./art/glyphs.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "../../..");
const DIST = join(HERE, "../dist");
const PUBLIC = "/static/dist/";
const COMPRESSED = new Set([".css", ".js", ".svg"]);
// Compressed bytes: a larger file is a decision, not an accident.
const BUDGET = { "app.css": 22_000, "app.js": 30_000, "editor.js": 145_000, "charts.js": 245_000 };

const manifest = {};

async function addFile(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const dot = name.lastIndexOf(".");
  const hashed = `${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
  await writeFile(join(DIST, hashed), content);
  manifest[name] = PUBLIC + hashed;
}

async function buildPictures() {
  await addFile("caisson.svg", drawCaisson());
  await addFile("glyphs.svg", drawGlyphs());
  for (const name of ["mark.svg", "ridge.svg"]) {
    const text = await readFile(join(HERE, "art", name), "utf8");
    await addFile(name, text.replace(/\n\s*/g, "").replace(/(\.\d*?[1-9])0+(?=\D)/g, "$1"));
  }
}

async function buildStyles() {
  const { css } = sass.compile(join(HERE, "styles/app.scss"), {
    loadPaths: [join(ROOT, "node_modules")],
    style: "expanded",
  });
  const placed = css.replace(/url\("?art:([\w.]+)"?\)/g, (_, name) => `url("${manifest[name]}")`);
  const { code } = await esbuild.transform(placed, { loader: "css", minify: true, target: ["chrome109", "firefox115", "safari15"] });
  await addFile("app.css", code);
}

async function buildScripts() {
  const { metafile } = await esbuild.build({
    entryPoints: [join(HERE, "scripts/app.js"), join(HERE, "scripts/workbench.js")],
    outdir: DIST,
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2020",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    legalComments: "eof",
    metafile: true,
  });
  for (const [path, output] of Object.entries(metafile.outputs)) {
    if (output.entryPoint) manifest[basename(output.entryPoint)] = PUBLIC + basename(path);
  }
}

async function compress() {
  const sizes = {};
  for (const file of await readdir(DIST)) {
    if (!COMPRESSED.has(extname(file))) continue;
    const packed = gzipSync(await readFile(join(DIST, file)), { level: 9 });
    // Byte 9 names the operating system; a fixed value keeps the output the same everywhere.
    packed[9] = 255;
    await writeFile(join(DIST, `${file}.gz`), packed);
    sizes[file] = packed.length;
  }
  return sizes;
}

function checkBudget(sizes) {
  for (const [name, limit] of Object.entries(BUDGET)) {
    const file = manifest[name] && basename(manifest[name]);
    if (!file) throw new Error(`${name} was not built`);
    console.log(`${name.padEnd(12)} ${String(sizes[file]).padStart(7)} bytes of ${limit}`);
    if (sizes[file] > limit) throw new Error(`${name} is over its budget`);
  }
}

await rm(DIST, { recursive: true, force: true });
await mkdir(DIST, { recursive: true });
await buildPictures();
await buildStyles();
await buildScripts();
checkBudget(await compress());
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(join(DIST, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
