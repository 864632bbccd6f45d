import { WarningIcon } from './icons.tsx';

interface NoteProps {
  readonly tone: 'warn' | 'danger' | 'plain';
  readonly title: string;
  readonly advice?: string;
  readonly action?: string;
  readonly onAction?: () => void;
}

/** What happened, what follows, and the one thing to do. */
export function Note({ tone, title, advice, action, onAction }: NoteProps) {
  return (
    <div class={`note ${tone}`}>
      {tone !== 'plain' && <WarningIcon />}
      <p>
        <strong>{title}</strong> {advice}
      </p>
      {action !== undefined && (
        <button class="button small" onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}
