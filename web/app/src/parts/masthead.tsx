import icon from '../icon.svg';
import { goHome } from '../state/place.ts';

export function Masthead() {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return; // a new tab or window: the browser's own business
    event.preventDefault();
    goHome();
  };
  return (
    <header class="masthead">
      <a href="/" onClick={follow}>
        <img src={icon} alt="" width="32" height="32" />
        plntry
      </a>
    </header>
  );
}
