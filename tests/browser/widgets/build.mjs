// Bundles each widget of codes/ and phones/ into a page of its own: node build.mjs OUT_DIR
//
// Run from a folder that has node_modules and a copy of this folder's sources. A page holds the
// widget among fields that are not meant, and keeps in `window.got` what the widget told the
// application, which is what a test has to judge by.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { build } from "esbuild";
import sveltePlugin from "esbuild-svelte";

const out = process.argv[2];
mkdirSync(out, { recursive: true });

const page = (name) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${name}</title>
<link rel="stylesheet" href="${name}.css">
<style>body { font: 16px sans-serif; padding: 24px } #root { margin: 24px 0; max-width: 480px }</style>
<label>Search <input type="search" name="q"></label>
<label>E-mail <input type="email" name="email"></label>
<div id="root"></div>
<label>Promo code <input name="promo"></label>
<script src="${name}.js"></script>
`;

for (const folder of ["codes", "phones"]) {
  for (const file of readdirSync(folder)) {
    const name = basename(file, extname(file));
    await build({
      entryPoints: { [name]: join(folder, file) },
      outdir: out,
      bundle: true,
      minify: true,
      format: "iife",
      logLevel: "error",
      jsx: "automatic",
      conditions: ["svelte", "browser", "production"],
      banner: { js: `var process = { env: { NODE_ENV: "production" } };` },
      loader: { ".woff": "dataurl", ".woff2": "dataurl", ".svg": "dataurl", ".png": "dataurl",
        ".webp": "dataurl", ".eot": "dataurl", ".ttf": "dataurl" },
      plugins: [sveltePlugin({ compilerOptions: { css: "injected" } })],
    });
    writeFileSync(join(out, `${name}.css`), "", { flag: "a" });
    writeFileSync(join(out, `${name}.html`), page(name));
  }
}
