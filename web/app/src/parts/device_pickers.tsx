import { canChooseSpeaker, camera, devices, microphone } from '../state/media.ts';
import { prefer, preferences } from '../state/preferences.ts';
import type { Source } from '../state/source.ts';

interface PickerProps {
  readonly label: string;
  readonly kind: MediaDeviceKind;
  /** The device in use, or '' when that is unknown. */
  readonly value: string;
  readonly none: string;
  readonly onChoose: (deviceId: string) => void;
}

export function DevicePickers() {
  const wanted = preferences.value;
  return (
    <div class="pickers">
      <Picker
        label="Which camera"
        kind="videoinput"
        value={camera.track.value?.getSettings().deviceId ?? wanted.videoinput}
        none={noneOf(camera, 'No camera found')}
        onChoose={(id) => void camera.choose(id)}
      />
      <Picker
        label="Which microphone"
        kind="audioinput"
        value={microphone.track.value?.getSettings().deviceId ?? wanted.audioinput}
        none={noneOf(microphone, 'No microphone found')}
        onChoose={(id) => void microphone.choose(id)}
      />
      {canChooseSpeaker && (
        <Picker
          label="Which speaker"
          kind="audiooutput"
          value={wanted.audiooutput}
          none="The system’s speaker"
          onChoose={(id) => prefer({ audiooutput: id })}
        />
      )}
    </div>
  );
}

function noneOf(source: Source, otherwise: string): string {
  return source.trouble.value === 'denied' ? 'Not allowed yet' : otherwise;
}

function Picker({ label, kind, value, none, onChoose }: PickerProps) {
  // Until the person allows it, browsers list devices without ids and names: nothing to choose from yet.
  const choices = devices.value.filter((device) => device.kind === kind && device.deviceId !== '');
  return (
    <div class="field">
      <label for={kind}>{label}</label>
      <select
        id={kind}
        class="select"
        disabled={choices.length === 0}
        value={choices.some((device) => device.deviceId === value) ? value : choices[0]?.deviceId}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {choices.length === 0 && <option>{none}</option>}
        {choices.map((device, i) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${label.replace('Which ', '')} ${i + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}
