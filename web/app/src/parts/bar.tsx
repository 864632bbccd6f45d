import { useRef } from 'preact/hooks';
import { camera, microphone } from '../state/media.ts';
import type { RoomLink } from 'plntry-call';
import { diagnosis } from '../state/diagnosis.ts';
import { leave, snapshot } from '../state/session.ts';
import { DevicePickers } from './device_pickers.tsx';
import { Dialog } from './dialog.tsx';
import { DevicesIcon, InviteIcon, LeaveIcon, SignalIcon } from './icons.tsx';
import { InviteCard } from './invite_card.tsx';
import { LazyNetworkPanel } from './lazy_network_panel.tsx';
import { LevelMeter } from './level_meter.tsx';
import { Toggle } from './toggle.tsx';

const kBars = { good: 3, fair: 2, waiting: 1, bad: 0 } as const;

export function Bar({ at }: { at: RoomLink }) {
  const devices = useRef<HTMLDialogElement>(null);
  const invite = useRef<HTMLDialogElement>(null);
  const network = useRef<HTMLDialogElement>(null);
  const present = snapshot.value?.participants.length ?? 0;
  const seatsLeft = (snapshot.value?.capacity ?? 0) - 1 - present;
  return (
    <>
      <div class="bar" role="group" aria-label="Call controls">
        <Toggle source={microphone} />
        <Toggle source={camera} />
        <button class="round" aria-haspopup="dialog" onClick={() => devices.current?.showModal()}>
          <span class="disc">
            <DevicesIcon />
          </span>
          Devices
        </button>
        {present > 0 && (
          <button class="round" aria-haspopup="dialog" onClick={() => network.current?.showModal()}>
            <span class="disc">
              <SignalIcon lit={kBars[diagnosis.value?.verdict.tone ?? 'waiting']} />
            </span>
            Network
          </button>
        )}
        {present > 0 && seatsLeft > 0 && (
          <button class="round" aria-haspopup="dialog" onClick={() => invite.current?.showModal()}>
            <span class="disc">
              <InviteIcon />
            </span>
            Invite
          </button>
        )}
        <button class="round leave" onClick={leave}>
          <span class="disc">
            <LeaveIcon />
          </span>
          Leave
        </button>
      </div>
      <Dialog title="Devices" handle={devices}>
        <DevicePickers />
        <div class="field">
          <span class="label">Microphone level</span>
          <LevelMeter source={microphone} />
        </div>
      </Dialog>
      <Dialog title="Network" handle={network} wide>
        <LazyNetworkPanel />
      </Dialog>
      <Dialog title="Invite someone" handle={invite}>
        <InviteCard at={at} />
      </Dialog>
    </>
  );
}
