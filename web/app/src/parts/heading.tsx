import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** The first view is what the browser has just announced; the focus stays where a page's focus begins. */
let isFirst = true;

/**
 * The heading of a view. When it appears and the control that led here is gone, the focus goes to it, so that a screen
 * reader says where one is and Tab goes on from there. A control that still exists keeps the focus.
 */
export function Heading({ class: className, children }: { class?: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    const focused = document.activeElement;
    if (isFirst) isFirst = false;
    else if (focused === null || focused === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} class={className}>
      {children}
    </h1>
  );
}
