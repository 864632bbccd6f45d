import { useLayoutEffect } from 'preact/hooks';
import { place } from './state/place.ts';
import { problem, view, type View } from './state/session.ts';
import { Home } from './views/home.tsx';
import { Lobby } from './views/lobby.tsx';
import { Failure, Left } from './views/message.tsx';
import { Stage } from './views/stage.tsx';

/** One view at a time; the root says which. */
export function Page({ root }: { root: HTMLElement }) {
  const current = view.value;
  useLayoutEffect(() => {
    root.dataset['view'] = current;
  }, [current]);
  return <Current view={current} />;
}

function Current({ view }: { view: View }) {
  const at = place.value;
  if (problem.value !== null) return <Failure key={problem.value} problem={problem.value} />;
  if (at === null || typeof at === 'string') return <Home />;
  switch (view) {
    case 'alone':
    case 'call':
      return <Stage key="stage" at={at} />;
    case 'left':
      return <Left />;
    default:
      return <Lobby key={at.room} at={at} />;
  }
}
