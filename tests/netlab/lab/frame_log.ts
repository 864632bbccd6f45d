// Runs inside the page, before its own scripts: when each picture of another participant was painted, on the clock that all
// browsers of one machine share.
declare global { interface Window { labFrames: number[] } }

export function installFrameLog(): void {
  const frames: number[] = [];
  window.labFrames = frames;
  const watched = new WeakSet<HTMLVideoElement>();
  const watch = (video: HTMLVideoElement): void => {
    video.requestVideoFrameCallback(() => {
      frames.push(performance.timeOrigin + performance.now());
      if (frames.length > 20_000) frames.splice(0, 10_000);
      watch(video);
    });
  };
  new MutationObserver(() => {
    for (const video of document.querySelectorAll<HTMLVideoElement>('video[data-participant]')) {
      if (watched.has(video)) continue;
      watched.add(video);
      watch(video);
    }
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-participant'] });
}

/** A pause shorter than this is none: pictures come 20 to 30 times a second, on a machine that is shared. */
const kPauseMs = 400;

/** How long after `since` the pictures move again; 0 when they never stopped, `undefined` when they still stand. */
export function movingAfter(frames: readonly number[], since: number, now: number): number | undefined {
  for (const [index, at] of frames.entries()) {
    const previous = frames[index - 1];
    if (previous !== undefined && at > since && at - previous > kPauseMs) return Math.round(at - since);
  }
  return now - (frames.at(-1) ?? 0) > kPauseMs ? undefined : 0;
}
