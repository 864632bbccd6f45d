import { render } from 'preact';
import { Page } from './page.tsx';
import { keepTitle } from './parts/title.ts';
import { kCheckPath } from './state/place.ts';
import { claimTab } from './state/seat.ts';
import { keepAwakeInCalls } from './state/wake_lock.ts';

const root = document.getElementById('root')!;
if ('locks' in navigator) claimTab();
if (location.pathname === kCheckPath) {
  void import('./views/details.tsx').then(({ Check }) => render(<Check root={root} />, root));
} else {
  keepTitle();
  keepAwakeInCalls();
  render(<Page root={root} />, root);
}
