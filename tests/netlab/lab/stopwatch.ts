// Runs inside the page, before its own scripts: when the person pressed last, and when the first picture of another
// participant was painted, on the clock that all browsers of one machine share.
export interface Stopwatch { pressed: number | undefined; painted: number | undefined }

declare global { interface Window { labStopwatch: Stopwatch } }

export function installStopwatch(): void {
  const times: Stopwatch = { pressed: undefined, painted: undefined };
  window.labStopwatch = times;
  const now = (): number => performance.timeOrigin + performance.now();
  document.addEventListener('click', () => { times.pressed = now(); }, { capture: true });
  const watched = new WeakSet<HTMLVideoElement>();
  new MutationObserver(() => {
    for (const video of document.querySelectorAll<HTMLVideoElement>('video[data-participant]')) {
      if (watched.has(video)) continue;
      watched.add(video);
      video.requestVideoFrameCallback(() => { times.painted ??= now(); });
    }
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-participant'] });
}
