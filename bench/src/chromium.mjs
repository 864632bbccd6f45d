// Stock Chromium with a fake camera and microphone and a fresh profile, where wanted inside a network namespace.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required",
  "--remote-debugging-pipe", "about:blank",
];

const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

// `secureOrigins` are plain http origins that may use the camera all the same.
export const launchChromium = async ({ namespace, secureOrigins = [] } = {}) => {
  const profile = mkdtempSync(join(tmpdir(), "plntry-bench-"));
  const command = [
    ...(namespace ? ["nsenter", `--net=/run/netns/${namespace}`] : []),
    executable, `--user-data-dir=${profile}`, ...flags,
    ...(secureOrigins.length ? [`--unsafely-treat-insecure-origin-as-secure=${secureOrigins.join(",")}`] : []),
  ];
  const browser = await puppeteer.launch({
    executablePath: command[0].startsWith("/") ? command[0] : `/usr/bin/${command[0]}`,
    args: command.slice(1), ignoreDefaultArgs: true, pipe: true, timeout: 30_000, protocolTimeout: 60_000,
  });
  const close = async () => {
    const child = browser.process();
    const patience = setTimeout(() => child?.kill("SIGKILL"), 5000);
    await browser.close().catch(() => child?.kill("SIGKILL"));
    clearTimeout(patience);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  return { browser, close };
};

// Runs in each page before its own scripts: notes, on the wall clock, when each step of the first connection was
// seen, above all the first frame that the decoder hands out. It only looks; the page's code is untouched.
export const observeCall = () => {
  const steps = (globalThis.benchSteps = {});
  const note = (step) => (steps[step] ??= performance.timeOrigin + performance.now());
  const firstFrame = async (track) => {
    const reader = new MediaStreamTrackProcessor({ track: track.clone() }).readable.getReader();
    const { value } = await reader.read();
    note("frame");
    value?.close();
    await reader.cancel();
  };
  const Connection = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Connection {
    constructor(...options) {
      super(...options);
      note("connection made");
      this.addEventListener("track", ({ track }) => {
        note("track");
        if (track.kind === "video") void firstFrame(track);
      });
      this.addEventListener("iceconnectionstatechange", () => note(`ice ${this.iceConnectionState}`));
      this.addEventListener("connectionstatechange", () => note(`connection ${this.connectionState}`));
      this.addEventListener("signalingstatechange", () => note(`signaling ${this.signalingState}`));
    }
  };
};

export const stepsOf = (page) => page.evaluate(() => globalThis.benchSteps);

export const untilFrame = (page) =>
  page.waitForFunction(() => globalThis.benchSteps.frame !== undefined, { polling: 100, timeout: 30_000 });
