import { useSignal } from '@preact/signals';
import { CheckIcon, CopyIcon, DownloadIcon } from './icons.tsx';

const kSaidMs = 2500;

/** The report as JSON: to the clipboard, or as a file. Addresses are masked in it. */
export function CopyReport({ make }: { make: () => Promise<object | null> }) {
  const outcome = useSignal<'copied' | 'refused' | null>(null);
  const text = async () => `${JSON.stringify(await make(), null, 1)}\n`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(await text());
      outcome.value = 'copied';
    } catch {
      outcome.value = 'refused';
    }
    setTimeout(() => (outcome.value = null), kSaidMs);
  };
  const download = async () => {
    const url = URL.createObjectURL(new Blob([await text()], { type: 'application/json' }));
    const link = Object.assign(document.createElement('a'), { href: url, download: 'plntry-report.json' });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), kSaidMs);
  };
  return (
    <div class="report-actions">
      <button class="button small" onClick={() => void copy()}>
        {outcome.value === 'copied' ? <CheckIcon /> : <CopyIcon />}
        Copy report
      </button>
      <button class="button small" onClick={() => void download()}>
        <DownloadIcon />
        Download
      </button>
      <span class="soft" role="status">
        {outcome.value === 'copied' && 'Copied; addresses in it are masked.'}
        {outcome.value === 'refused' && 'Your browser refused: download it.'}
      </span>
    </div>
  );
}
