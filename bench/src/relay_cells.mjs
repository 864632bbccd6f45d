// What is measured, and the goals. A goal is the cost of coturn over ours. `search`: the highest rate is looked for too.
const media = (name, text, shape) => ({
  name, text, clients: 100, mode: "channel", direction: "both", payload: 172, burst: 1, coalesced: false, rate: 140_000, ...shape,
});

export const highest = "highest";
export const cells = [
  media("singles", "172 B, one by one", { goal: 1.25, stretch: 1.4, search: true }),
  media("bursts", "1,200 B, bursts of 4", { payload: 1200, burst: 4, rate: 150_000, goal: 1.5, search: true }),
  media("coalesced", "1,200 B, bursts of 8 that arrive coalesced, each at its highest rate", {
    payload: 1200, burst: 8, coalesced: true, rate: highest, goal: 4.5,
  }),
  media("relayed", "172 B, from one allocation to another", { mode: "relayed", direction: "to-peer", rate: 60_000, goal: 2, search: true }),
  media("indications", "172 B, Send and Data indications", { mode: "indications", rate: 120_000, goal: 1.25, search: true }),
  media("tcp", "172 B, clients on TCP", { mode: "tcp", rate: 80_000, goal: 1.5, search: true }),
  media("large", "1,200 B, one by one", { payload: 1200 }),
  media("to-peer", "172 B, one by one, client to peer only", { direction: "to-peer" }),
  media("to-client", "172 B, one by one, peer to client only", { direction: "to-client" }),
  media("one", "172 B, one by one, 1 allocation", { clients: 1 }),
  media("sixteen", "172 B, one by one, 16 allocations", { clients: 16 }),
  media("thousand", "172 B, one by one, 1,000 allocations", { clients: 1000 }),
  { name: "allocate", text: "Allocate with its 401, and the memory of what was allocated", before: 1000, clients: 4000 },
];
// Among these the cost must be flat.
export const growing = ["one", "sixteen", "singles", "thousand"];
