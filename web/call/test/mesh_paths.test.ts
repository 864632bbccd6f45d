// docs/adr/0012: paths that fall silent, and are found anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSilence, type Silence } from '../src/path_watch.ts';
import { Scene } from './support/mesh_scene.ts';

const silent = (lasts: number): Silence => ({ lasts, isCertain: true });

test('what is sent another way while nothing arrives begins small, with a whole picture', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob');
  await scene.joinByHold(alice, bob);
  bob.mesh.replaceTrack('audio', { kind: 'audio' } as MediaStreamTrack);
  bob.media = { audio: { kind: 'audio' } as MediaStreamTrack, video: null };
  bob.mesh.introduce();
  await scene.run(40);
  const scale = () => alice.other?.connection?.getTransceivers()[1]?.sender.getParameters().encodings[0]?.scaleResolutionDownBy;
  const [tell] = scene.environment.paths;
  const [moved] = scene.environment.routes;
  moved?.();
  assert.equal(scale(), 1, 'a better way than one that is good needs no new beginning');
  tell?.(silent(350));
  moved?.();
  assert.equal(scale(), 2);
  tell?.(noSilence);
  await scene.run(40);
  assert.equal(scale(), 1);
});

test('a path that has fallen silent is looked for anew at once, and told of when it lasts', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob');
  await scene.joinByHold(alice, bob);
  const descriptions = () => alice.sent.length;
  const [tell] = scene.environment.paths;
  const before = descriptions();
  tell?.(silent(350));
  await scene.run(2);
  assert.equal(descriptions(), before, 'nothing is expected of one who sends nothing');

  bob.mesh.replaceTrack('audio', { kind: 'audio' } as MediaStreamTrack);
  bob.media = { audio: { kind: 'audio' } as MediaStreamTrack, video: null };
  bob.mesh.introduce();
  await scene.run(4);
  tell?.(silent(350));
  assert.equal(alice.silences + bob.silences, 1);
  assert.equal(alice.other?.path, 'connected', 'it may be a hiccup');
  tell?.(silent(1000));
  assert.equal(alice.other?.path, 'interrupted');
  await scene.run(10);
  tell?.(noSilence);
  assert.equal(alice.other?.path, 'connected');
});
