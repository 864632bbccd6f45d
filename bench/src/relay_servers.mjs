// The relays that are measured, each alone on one core.
import { plntry, tool } from "./paths.mjs";
import { freePort, start, untilListening } from "./processes.mjs";
import { pinned, serverCore } from "./cores.mjs";

export const account = { user: "bench", password: "bench" };
// Below the ports that the load generator gets from the kernel.
const relayPorts = { first: 10000, last: 32000 };

// Only limits are lifted, because one address plays thousands of people, and the peers are on the loopback.
const commands = {
  plntry: (port) => [
    plntry, "relay", "--listen", `127.0.0.1:${port}`, "--threads", "1", "--public-address", "127.0.0.1",
    "--relay-user", `${account.user}:${account.password}`, "--relay-allow", "127.0.0.0/8",
    "--relay-ports", `${relayPorts.first}-${relayPorts.last}`, "--relay-allocations", "0", "--relay-allocations-per-user", "0",
    "--relay-allocations-per-address", "0", "--relay-kbps-per-user", "0", "--relay-kbps-per-address", "0", "--relay-kbps", "0",
    "--max-connections", "20000", "--max-connections-per-address", "20000",
  ],
  coturn: (port) => [
    "turnserver", "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", `--listening-port=${port}`,
    `--min-port=${relayPorts.first}`, `--max-port=${relayPorts.last}`, "--lt-cred-mech",
    `--user=${account.user}:${account.password}`, "--realm=bench", "--allow-loopback-peers", "--relay-threads=1", "--no-tls", "--no-dtls",
    "--no-cli", "--no-stdout-log", "--simple-log", "--log-file=/dev/null", "--pidfile=/dev/null",
  ],
  pion: (port) => [tool("pion"), `127.0.0.1:${port}`, account.user, account.password],
};

export const startRelay = async (system) => {
  const port = await freePort();
  const server = start(pinned(serverCore, commands[system](port)));
  server.child.stdout.resume();
  await untilListening(server, port);
  return { server, port, pid: server.pid };
};
