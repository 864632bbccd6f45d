import { useSignal } from '@preact/signals';
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import { CloseIcon } from './icons.tsx';

interface DialogProps {
  readonly title: string;
  readonly handle: RefObject<HTMLDialogElement | null>;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** The browser's own modal dialog: it keeps the focus inside, closes on Escape and gives the focus back. */
export function Dialog({ title, handle, wide = false, children }: DialogProps) {
  const id = useId();
  const open = useSignal(false);
  useEffect(() => {
    const dialog = handle.current!;
    const watcher = new MutationObserver(() => (open.value = dialog.open));
    watcher.observe(dialog, { attributeFilter: ['open'] });
    return () => watcher.disconnect();
  }, []);
  const close = () => handle.current?.close();
  return (
    <dialog
      ref={handle}
      class={`dialog ${wide ? 'wide' : ''}`}
      aria-labelledby={id}
      onClick={(event) => event.target === event.currentTarget && close()}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button class="icon-button" aria-label="Close" onClick={close}>
            <CloseIcon />
          </button>
        </div>
        {open.value && children}
      </div>
    </dialog>
  );
}
