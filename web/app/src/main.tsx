import { render } from 'preact';
import { Page } from './page.tsx';
import { keepTitle } from './parts/title.ts';
import { claimTab } from './state/seat.ts';
import { keepAwakeInCalls } from './state/wake_lock.ts';

const root = document.getElementById('root')!;
if ('locks' in navigator) claimTab();
keepTitle();
keepAwakeInCalls();
render(<Page root={root} />, root);
