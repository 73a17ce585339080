// Bundles the page's script into the Python package, with its licences, and writes down what it was built from.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const package_ = new URL("../src/slowpoints/explorer/", import.meta.url);

/** A hash over the sources, the build and the locked packages: what the test compares. */
export function sourceHash() {
  const hash = createHash("sha256");
  const sources = readdirSync(new URL("src/", import.meta.url)).map((name) => `src/${name}`);
  for (const name of [...sources, "build.mjs", "package-lock.json"].sort()) {
    hash.update(`${name}\0`).update(readFileSync(new URL(name, import.meta.url)));
  }
  return hash.digest("hex");
}

await build({
  entryPoints: [new URL("src/main.js", import.meta.url).pathname],
  outfile: new URL("explorer.js", package_).pathname,
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: "es2022",
  legalComments: "none",
  banner: { js: `/* Built by explorer/build.mjs from ${sourceHash()}. Holds three.js, MIT: see LICENSES.txt. */` },
});
const licence = readFileSync(new URL("node_modules/three/LICENSE", import.meta.url), "utf8");
const { version } = JSON.parse(readFileSync(new URL("node_modules/three/package.json", import.meta.url), "utf8"));
writeFileSync(new URL("LICENSES.txt", package_), `explorer.js holds parts of three.js ${version}.\n\n${licence}`);
