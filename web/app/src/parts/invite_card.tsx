import { useSignal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatRoomLink, type RoomLink } from 'plntry-call';
import { isLoopback } from '../words/loopback.ts';
import { CheckIcon, CopyIcon, ShareIcon } from './icons.tsx';
import { Note } from './note.tsx';

const kCopiedMs = 2500;
/** Only phones have a share sheet worth opening. */
const canShare = 'share' in navigator && matchMedia('(pointer: coarse)').matches;

const kOtherAddress = 'To call others, open this page by an address that the server printed “From other machines”.';
const kSecureAddress = 'Browsers want https there: give the server a certificate, or --tls self-signed (see its README).';

type QrProps = { text: string; label: string };

/** The link and the ways to send it. */
export function InviteCard({ at }: { at: RoomLink }) {
  const link = formatRoomLink(at);
  const hereOnly = isLoopback(at.origin);
  return (
    <div class="invite">
      <div class="invite-words">
        {hereOnly ? (
          <HereOnly secure={at.origin.startsWith('https:')} />
        ) : (
          <p>Send this link to the person that you want to talk to. The call begins as soon as it is opened.</p>
        )}
        <Link link={link} />
        <div class="invite-actions">
          <CopyButton link={link} />
          {canShare && (
            <button class="button" onClick={() => void navigator.share({ url: link }).catch(() => {})}>
              <ShareIcon />
              Share
            </button>
          )}
        </div>
        {at.key === null && (
          <p class="invite-hint">Anyone who knows this room’s name can come in. “Start a call” makes a link that nobody can guess.</p>
        )}
      </div>
      <LazyQrCode text={link} caption={hereOnly ? 'A phone cannot open this one' : 'Or scan it with a phone'} />
    </div>
  );
}

/** Whoever is sent a link to localhost would look for the call on their own device. */
function HereOnly({ secure }: { secure: boolean }) {
  const advice = secure ? kOtherAddress : `${kOtherAddress} ${kSecureAddress}`;
  return <Note tone="warn" title="This link works on this device only." advice={advice} />;
}

function Link({ link }: { link: string }) {
  const element = useRef<HTMLInputElement>(null);
  return (
    <input
      ref={element}
      class="input invite-link"
      readOnly
      aria-label="Link to this call"
      value={link}
      onFocus={() => element.current?.select()}
    />
  );
}

function CopyButton({ link }: { link: string }) {
  const outcome = useSignal<'copied' | 'refused' | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      outcome.value = 'copied';
    } catch {
      outcome.value = 'refused';
    }
    setTimeout(() => (outcome.value = null), kCopiedMs);
  };
  return (
    <>
      <button class="button primary" onClick={() => void copy()}>
        {outcome.value === 'copied' ? <CheckIcon /> : <CopyIcon />}
        Copy link
      </button>
      <span class="invite-outcome" role="status">
        {outcome.value === 'copied' && 'Copied'}
        {outcome.value === 'refused' && 'Your browser refused: select the link and copy it.'}
      </span>
    </>
  );
}

/** Nobody needs the code before the rest of the page is there, so it comes on its own. */
function LazyQrCode({ text, caption }: { text: string; caption: string }) {
  const loaded = useSignal<FunctionComponent<QrProps> | null>(null);
  useEffect(() => {
    import('./qr_code.tsx').then(
      (module) => (loaded.value = module.QrCode),
      () => {}, // the link above says the same
    );
  }, []);
  const QrCode = loaded.value;
  return (
    <figure class="invite-qr">
      {QrCode !== null && <QrCode text={text} label="QR code of the link to this call" />}
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
