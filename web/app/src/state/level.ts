import type { Signal } from '@preact/signals';

/** Speech peaks around −20 dBFS: the scale reaches from −60 to −15. */
const kQuietDb = -60;
const kLoudDb = -15;

/** Writes how loud `track` is, 0 to `steps`, into `level` until the returned function is called. */
export function followLevel(track: MediaStreamTrack, level: Signal<number>, steps: number): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  // Safari and autoplay policies start a context suspended until the person touches the page.
  const resume = () => void context.resume();
  resume();
  document.addEventListener('pointerdown', resume);
  document.addEventListener('keydown', resume);

  const samples = new Float32Array(analyser.fftSize);
  let frame = requestAnimationFrame(function measure() {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const db = 10 * Math.log10(power + 1e-10);
    const share = Math.min(1, Math.max(0, (db - kQuietDb) / (kLoudDb - kQuietDb)));
    level.value = Math.round(share * steps);
    frame = requestAnimationFrame(measure);
  });
  return () => {
    cancelAnimationFrame(frame);
    document.removeEventListener('pointerdown', resume);
    document.removeEventListener('keydown', resume);
    void context.close();
    level.value = 0;
  };
}
