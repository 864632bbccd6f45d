// What most calls do without, in one script of its own: two that share something would take it out of the first view's
// script, which would then need a second request.

export { NetworkPanel } from '../parts/network_panel.tsx';
export { Check } from './check.tsx';
