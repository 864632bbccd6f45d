// Puts the latest results into docs/benchmarks.md, each between `<!-- NAME -->` and `<!-- end -->`.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { root } from "./paths.mjs";

const page = `${root}/docs/benchmarks.md`;
const filled = readFileSync(page, "utf8").replace(/<!-- (\w+) -->\n[^]*?<!-- end -->/g, (old, name) => {
  const results = `${root}/build/bench/results/${name}.md`;
  if (!existsSync(results)) return old;
  console.log(`${name}: ${readFileSync(results, "utf8").trim().split("\n").at(-1)}`);
  return `<!-- ${name} -->\n${readFileSync(results, "utf8").trim()}\n<!-- end -->`;
});
writeFileSync(page, filled);
