// Writes what `test_conformance --json` said of several servers into docs/conformance.md, between its markers: a total
// for each, what each does not keep, and every rule.   node table.mjs PAGE NAME=FILE …
import { readFileSync, writeFileSync } from "node:fs";

const [page, ...columns] = process.argv.slice(2);
const servers = columns.map((column) => {
  const [name, file] = column.split("=");
  return { name, cases: JSON.parse(readFileSync(file, "utf8")) };
});

const key = (each) => `${each.suite}: ${each.rule}`;
const rules = new Map();
for (const { cases } of servers) for (const each of cases) rules.set(key(each), each);

const inOrder = [...rules.values()].sort((a, b) =>
  a.section.localeCompare(b.section, "en", { numeric: true }) || key(a).localeCompare(key(b)));

const casesOf = (server, rule) => server.cases.filter((each) => key(each) === key(rule));
function cell(server, rule) {
  const all = casesOf(server, rule);
  const failed = all.filter((each) => each.outcome === "fail");
  if (failed.length > 0) {
    return failed.length < all.length ? `**no**: ${failed.map((each) => each.of).join(", ")}` : "**no**";
  }
  if (all.some((each) => each.outcome === "departs")) return "on purpose not";
  return all.some((each) => each.outcome === "pass") ? "yes" : "–";
}

const row = (cells) => `| ${cells.join(" | ")} |`;
const count = (server, outcome, level) =>
  server.cases.filter((each) => each.outcome === outcome && (level ?? each.level) === each.level).length;
const totals = [
  row(["server", "cases kept", "MUST broken", "SHOULD broken", "departed from on purpose", "not run"]),
  row(["---", "--:", "--:", "--:", "--:", "--:"]),
  ...servers.map((server) =>
    row([server.name, count(server, "pass"), count(server, "fail", "MUST"), count(server, "fail", "SHOULD"),
      count(server, "departs"), count(server, "not run")])),
];

const reasons = new Map();  // why cases were not run or departed from, and where
for (const server of servers) {
  for (const each of server.cases) {
    if (each.outcome !== "departs" && each.outcome !== "not run") continue;
    if (each.why.includes("a rule of ")) continue;  // of datagrams or of streams: the other transport's column has it
    const why = each.why.split("\n").at(-1).replace(/^on purpose: /, "departed from on purpose: ");
    reasons.set(why, (reasons.get(why) ?? new Set()).add(server.name));
  }
}

const table = [
  row(["section", "", "rule", ...servers.map((server) => server.name)]),
  row(["---", "---", "---", ...servers.map(() => "---")]),
  ...inOrder.map((rule) =>
    row([rule.section, rule.level, key(rule), ...servers.map((server) => cell(server, rule))])),
];

const text = [
  ...totals,
  "",
  "Besides what datagrams or streams alone can show, not run or departed from: " +
    [...reasons].map(([why, where]) => `${why} (${[...where].join(", ")})`).join("; ") + ".",
  "",
  "## Every rule",
  "",
  ...table,
].join("\n");

const begin = "<!-- measured: tools/conformance -->";
const end = "<!-- /measured -->";
const old = readFileSync(page, "utf8");
const [head, rest] = old.split(begin);
writeFileSync(page, `${head}${begin}\n\n${text}\n\n${end}${rest.split(end)[1]}`);
