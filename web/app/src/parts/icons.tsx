import type { ComponentChildren, JSX } from 'preact';

/** Line drawings on a 24 × 24 grid. They carry no meaning of their own to a screen reader: their button has a name. */
function Icon({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <svg
      viewBox="0 0 24 24"
      width="24"
      height="24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.9"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

const Slash = () => <path d="M4 4l16 16" />;

export const MicrophoneIcon = ({ off }: { off: boolean }) => (
  <Icon>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
    {off && <Slash />}
  </Icon>
);

export const CameraIcon = ({ off }: { off: boolean }) => (
  <Icon>
    <rect x="3" y="6.5" width="12.5" height="11" rx="3" />
    <path d="M15.5 11l5.5-3v8l-5.5-3" />
    {off && <Slash />}
  </Icon>
);

export const LeaveIcon = () => (
  <Icon>
    <path d="M3.2 14.6c-.9-.9-.9-2.3 0-3.1 4.8-4.3 12.8-4.3 17.6 0 .9.8.9 2.2 0 3.1l-.8.8c-.6.6-1.6.7-2.3.2l-1.6-1c-.6-.4-.9-1-.9-1.7v-1.3a12 12 0 0 0-6.4 0v1.3c0 .7-.3 1.3-.9 1.7l-1.6 1c-.7.5-1.7.4-2.3-.2z" />
  </Icon>
);

export const DevicesIcon = () => (
  <Icon>
    <path d="M4 7h9M17.5 7H20M4 17h2.5M11 17h9" />
    <circle cx="15.2" cy="7" r="2.3" />
    <circle cx="8.8" cy="17" r="2.3" />
  </Icon>
);

export const InviteIcon = () => (
  <Icon>
    <circle cx="9.5" cy="8" r="3.5" />
    <path d="M3 20c.4-3.8 3-6 6.5-6s6.1 2.2 6.5 6M19 8v6M16 11h6" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="8.5" y="8.5" width="12" height="12" rx="3" />
    <path d="M15.5 8.5v-2a3 3 0 0 0-3-3h-6a3 3 0 0 0-3 3v6a3 3 0 0 0 3 3h2" />
  </Icon>
);

export const ShareIcon = () => (
  <Icon>
    <path d="M12 15V3.5M8 7l4-3.5L16 7M6.5 11H6a2 2 0 0 0-2 2v5.5a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V13a2 2 0 0 0-2-2h-.5" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="M5 12.5l4.5 4.5L19 7.5" />
  </Icon>
);

export const LockIcon = () => (
  <Icon>
    <rect x="5" y="10.5" width="14" height="10" rx="3" />
    <path d="M8 10.5V8a4 4 0 0 1 8 0v2.5" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon>
    <path d="M12 4l9 16H3zM12 10v4.5M12 17.3v.1" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
);

/** Three bars, like those of a phone; so many of them are lit. */
export const SignalIcon = ({ lit }: { lit: number }) => (
  <Icon>
    {[0, 1, 2].map((bar) => (
      <rect key={bar} x={4 + bar * 6} y={15 - bar * 5} width="4" height={5 + bar * 5} rx="1.5" fill={bar < lit ? 'currentColor' : 'none'} />
    ))}
  </Icon>
);

export const CrossIcon = () => (
  <Icon>
    <path d="M7 7l10 10M17 7L7 17" />
  </Icon>
);

export const DotsIcon = () => (
  <Icon>
    <path d="M5 12h.1M12 12h.1M19 12h.1" stroke-width="3" />
  </Icon>
);

export const DownloadIcon = () => (
  <Icon>
    <path d="M12 4v11M8 11.5l4 3.5 4-3.5M5 19.5h14" />
  </Icon>
);
