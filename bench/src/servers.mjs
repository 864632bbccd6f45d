// The servers that are measured, each started as its users start it.
import { bench, plntry, tool } from "./paths.mjs";
import { freePort, start, untilListening } from "./processes.mjs";

// One address plays thousands of people here, so plntry's limits for one address and its rates are lifted; the peers
// have no such limits, but `peer` takes no more than 5,000 connections unless told to.
const servePlntry = (port, ...more) => [
  plntry, "serve", "--listen", `127.0.0.1:${port}`, "--max-connections", "20000", "--max-connections-per-address", "20000",
  "--joins-per-second", "100000", "--messages-per-second", "10000", ...more,
];
const commands = {
  plntry: servePlntry,
  "plntry --threads 1": (port) => servePlntry(port, "--threads", "1"),
  peer: (port) => [
    process.execPath, `${bench}/node_modules/peer/dist/bin/peerjs.js`, "--host", "127.0.0.1", "--port", `${port}`,
    "--concurrent_limit", "20000",
  ],
  "socket.io": (port) => [process.execPath, `${bench}/peers/socket_io.mjs`, "127.0.0.1", `${port}`],
  floor: (port) => [tool("floor"), "127.0.0.1", `${port}`],
};

export const commandOf = (system, port) => commands[system](port);

export const startServer = async (system) => {
  const port = await freePort();
  const server = start(commandOf(system, port));
  server.child.stdout.resume();
  await untilListening(server, port);
  return { ...server, server, port };
};

// A B C, then C B A, and so on: no system is always measured first.
export const inTurns = (systems, rounds) =>
  Array.from({ length: rounds }, (_, turn) => (turn % 2 ? [...systems].reverse() : systems).map((system) => ({ system, turn }))).flat();
