import type { ComponentChildren } from 'preact';
import { Heading } from '../parts/heading.tsx';
import { Masthead } from '../parts/masthead.tsx';
import { goHome, goTo, newPlace } from '../state/place.ts';
import { rejoin } from '../state/session.ts';
import { kActions, kEndings, type Action, type Problem } from '../words/ending.ts';

/** After “Leave”. */
export function Left() {
  return (
    <Message title="You left the call" lead="The room stays open for whoever is in it, and its link goes on working.">
      <button class="button primary large" onClick={() => void rejoin()}>
        Rejoin
      </button>
      <button class="button large" onClick={goHome}>
        Home
      </button>
    </Message>
  );
}

/** What went wrong, what follows, and what to do. */
export function Failure({ problem }: { problem: Problem }) {
  const { title, happened, advice, actions } = kEndings[problem];
  return (
    <Message title={title} lead={happened} advice={advice}>
      {actions.map((action, i) => (
        <button key={action} class={`button large ${i === 0 ? 'primary' : ''}`} onClick={() => perform(action)}>
          {kActions[action]}
        </button>
      ))}
    </Message>
  );
}

function perform(action: Action): void {
  switch (action) {
    case 'rejoin':
      return void rejoin();
    case 'use-here':
      return void rejoin(true);
    case 'start':
      return goTo(newPlace());
    case 'reload':
      return location.reload();
    case 'home':
      return goHome();
  }
}

interface MessageProps {
  readonly title: string;
  readonly lead: string;
  readonly advice?: string;
  readonly children: ComponentChildren;
}

function Message({ title, lead, advice, children }: MessageProps) {
  return (
    <div class="page">
      <Masthead />
      <main class="message">
        <Heading>{title}</Heading>
        <p class="lead">{lead}</p>
        {advice !== undefined && <p class="lead soft">{advice}</p>}
        <div class="actions">{children}</div>
      </main>
    </div>
  );
}
