import { computed, signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { camera, microphone } from '../state/media.ts';
import { CameraIcon, MicrophoneIcon } from './icons.tsx';
import { SelfVideo } from './video.tsx';

type Corner = 'top-left' | 'top-right' | 'bottom-right' | 'bottom-left';

/** Clockwise: the order in which Enter goes round. */
const kRound: readonly Corner[] = ['top-left', 'top-right', 'bottom-right', 'bottom-left'];
const kWords = { 'top-left': 'top left', 'top-right': 'top right', 'bottom-right': 'bottom right', 'bottom-left': 'bottom left' };
const kDragThresholdPx = 6;
const kSnapMs = 220;

/** Where the person put it. */
const chosen = signal<Corner | null>(null);
const narrow = matchMedia('(max-width: 699px)');
const isNarrow = signal(narrow.matches);
narrow.addEventListener('change', () => (isNarrow.value = narrow.matches));
const corner = computed<Corner>(() => chosen.value ?? (isNarrow.value ? 'top-right' : 'bottom-right'));

/** One's own picture: dragged with the pointer or moved with the arrow keys, it rests in a corner. */
export function SelfView() {
  const track = camera.on.value ? camera.track.value : null;
  const element = useRef<HTMLButtonElement>(null);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);

  const move = (event: PointerEvent) => {
    const from = drag.current;
    if (from === null) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    from.moved ||= Math.hypot(dx, dy) > kDragThresholdPx;
    if (from.moved) element.current!.style.transform = `translate(${dx}px, ${dy}px)`;
  };
  const drop = () => {
    const moved = drag.current?.moved ?? false;
    drag.current = null;
    if (moved) glideTo(element.current!, nearestCorner(element.current!));
  };

  return (
    <button
      ref={element}
      class={`self ${corner.value}`}
      aria-label={`Your picture, ${kWords[corner.value]}. Arrow keys or Enter move it.`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, y: event.clientY, moved: false };
      }}
      onPointerMove={move}
      onPointerUp={drop}
      onPointerCancel={drop}
      onDblClick={(event) => glideTo(event.currentTarget, next(corner.value))}
      onKeyDown={(event) => {
        const to = cornerFor(event.key, corner.value);
        if (to === null) return;
        event.preventDefault();
        glideTo(event.currentTarget, to);
      }}
    >
      {track === null ? <SelfEmpty /> : <SelfVideo track={track} />}
      {!microphone.on.value && (
        <span class="self-muted">
          <MicrophoneIcon off />
        </span>
      )}
    </button>
  );
}

function SelfEmpty() {
  return (
    <span class="self-empty">
      <CameraIcon off />
    </span>
  );
}

function next(from: Corner): Corner {
  return kRound[(kRound.indexOf(from) + 1) % kRound.length]!;
}

function cornerFor(key: string, from: Corner): Corner | null {
  switch (key) {
    case 'Enter':
    case ' ':
      return next(from);
    case 'ArrowUp':
      return from.replace('bottom', 'top') as Corner;
    case 'ArrowDown':
      return from.replace('top', 'bottom') as Corner;
    case 'ArrowLeft':
      return from.replace('right', 'left') as Corner;
    case 'ArrowRight':
      return from.replace('left', 'right') as Corner;
    default:
      return null;
  }
}

function nearestCorner(element: HTMLElement): Corner {
  const own = element.getBoundingClientRect();
  const around = element.parentElement!.getBoundingClientRect();
  const upper = own.top + own.height / 2 < around.top + around.height / 2;
  const left = own.left + own.width / 2 < around.left + around.width / 2;
  return `${upper ? 'top' : 'bottom'}-${left ? 'left' : 'right'}`;
}

/** Puts it into the corner at once, and lets it be seen travelling there from where it was. */
function glideTo(element: HTMLElement, to: Corner): void {
  const before = element.getBoundingClientRect();
  element.style.transform = '';
  element.classList.remove(...kRound);
  element.classList.add(to);
  const after = element.getBoundingClientRect();
  chosen.value = to;
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const start = `translate(${before.left - after.left}px, ${before.top - after.top}px)`;
  element.animate([{ transform: start }, { transform: 'none' }], { duration: kSnapMs, easing: 'ease-out' });
}
