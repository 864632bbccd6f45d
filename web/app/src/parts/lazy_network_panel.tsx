import { useSignal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';

/** Most calls end without anybody having looked at it, so it comes when it is asked for. */
export function LazyNetworkPanel() {
  const loaded = useSignal<FunctionComponent | 'unreachable' | null>(null);
  useEffect(() => {
    import('../views/details.tsx').then(
      (module) => (loaded.value = module.NetworkPanel),
      () => (loaded.value = 'unreachable'),
    );
  }, []);
  const Panel = loaded.value;
  if (Panel === null) return <p class="soft">One moment…</p>;
  if (Panel === 'unreachable')
    return <p>The server cannot be reached, and this part of the page has not been loaded yet. Try again when it is back.</p>;
  return <Panel />;
}
