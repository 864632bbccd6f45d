import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const bench = `${root}/bench`;
export const tool = (name) => `${root}/build/bench/bench_${name}`;
export const plntry = process.env.PLNTRY_BINARY ?? `${root}/build/release/plntry`;
