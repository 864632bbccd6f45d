import { toasts } from '../state/toasts.ts';

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, text, quiet }) => (
        <p key={id} class={quiet ? 'hidden-visually' : ''}>
          {text}
        </p>
      ))}
    </div>
  );
}
