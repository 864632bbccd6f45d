import type { Participant } from 'plntry-call';
import { useEffect, useRef } from 'preact/hooks';
import { Bar } from '../parts/bar.tsx';
import { Heading } from '../parts/heading.tsx';
import { InviteCard } from '../parts/invite_card.tsx';
import { PlaySound } from '../parts/play_sound.tsx';
import { RemoteTile } from '../parts/remote_tile.tsx';
import { SelfView } from '../parts/self_view.tsx';
import { Toasts } from '../parts/toasts.tsx';
import { TroubleNotes } from '../parts/trouble_notes.tsx';
import { Unreachable } from '../parts/unreachable.tsx';
import { WordsPanel } from '../parts/words_panel.tsx';
import type { RoomLink } from 'plntry-call';
import { participants, returning, view } from '../state/session.ts';
import { listOf, nameOf } from '../words/name.ts';

/** The dark surface of the call: alone in the room, or with others. */
export function Stage({ at }: { at: RoomLink }) {
  const others = participants.value;
  const alone = view.value === 'alone';
  return (
    <div class="stage">
      <main class="stage-main">
        {alone ? (
          <section class="alone">
            <Heading key="alone">You’re the only one here</Heading>
            <InviteCard at={at} />
          </section>
        ) : (
          <Heading key="call" class="hidden-visually">
            {callTitle(others.map(nameOf))}
          </Heading>
        )}
        {returning.value && <p class="stage-wait">Joining…</p>}
        <div class="tiles" data-count={others.length}>
          {others.map((other) => (
            <RemoteTile key={other.id} other={other} single={others.length === 1} />
          ))}
        </div>
        <SelfView />
        <StageNotes others={others} keyless={at.key === null} />
        <Bar at={at} />
      </main>
    </div>
  );
}

/** Notes at the top. They tell the stylesheet how much room they take, so that one's own picture can make way. */
function StageNotes({ others, keyless }: { others: readonly Participant[]; keyless: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const notes = element.current!;
    const observer = new ResizeObserver(() => {
      notes.parentElement!.style.setProperty('--notes-height', `${notes.offsetHeight}px`);
    });
    observer.observe(notes);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={element} class="stage-notes">
      <Toasts />
      <Unreachable />
      <PlaySound />
      <TroubleNotes />
      {keyless && others.map((other) => <WordsPanel key={other.id} other={other} single={others.length === 1} />)}
    </div>
  );
}

function callTitle(names: readonly string[]): string {
  if (names.length === 0) return 'Joining the call';
  return `Call with ${listOf(names)}`;
}
