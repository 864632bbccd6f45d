// A server and two homes, each alone in a network namespace, with as much delay between them as is asked for.
import { execFileSync } from "node:child_process";
import { createInterface } from "node:readline";
import { tool } from "./paths.mjs";
import { start, stop } from "./processes.mjs";

const prefix = "10.99.0";

export const openDistance = async () => {
  const names = ["server", "a", "b"].map((host) => `bench-${process.pid}-${host}`);
  const remove = () =>
    names.forEach((name) => {
      try {
        execFileSync("ip", ["netns", "del", name], { stdio: "ignore" });
      } catch {
        // It was not made, or is gone.
      }
    });
  process.once("exit", remove);
  names.forEach((name) => execFileSync("ip", ["netns", "add", name]));
  const forwarder = start([tool("delayed_hosts"), ...names, prefix], { stdin: "pipe" });
  const lines = createInterface({ input: forwarder.child.stdout })[Symbol.asyncIterator]();
  const expect = async (start) => {
    const { value } = await lines.next();
    if (!value?.startsWith(start)) throw new Error(`delayed_hosts ended: ${forwarder.tail}`);
  };
  await expect("ready");

  return {
    server: { namespace: names[0], address: `${prefix}.1` },
    homes: [names[1], names[2]],
    inside: (namespace, command) => ["nsenter", `--net=/run/netns/${namespace}`, ...command],
    // Round trips in milliseconds: home–server and home–home.
    set: async (server, homes) => {
      forwarder.child.stdin.write(`${server} ${homes}\n`);
      await expect("set");
    },
    close: async () => {
      await stop(forwarder);
      remove();
    },
  };
};
